package org.openautoglm.operators.inference.onnx;

import java.util.List;

/**
 * Texts that a model is tried on when it is loaded: different in language, length and subject, so
 * that activations differ too.
 */
final class ProbeTexts {
  static final List<String> ALL =
      List.of(
          "你好",
          "The delivery was late again, and nobody answered the phone.",
          "今天天气很好，我们一起去公园散步吧。",
          "加微信领取免费彩金，注册就送888元，稳赚不赔！！！",
          "WARN 2024-01-01 connection reset by peer (errno=104) 0x7ffdeadbeef",
          "这个产品的质量太差了，用了两天就坏了，客服也不理人，真的非常失望，大家千万不要买。",
          "😀🎉 ok",
          "In the beginning the Universe was created. This has made a lot of people very angry and"
              + " been widely regarded as a bad move. Many races believe that it was created by some"
              + " sort of God, though the Jatravartid people of Viltvodle VI believe that the entire"
              + " Universe was in fact sneezed out of the nose of a being called the Great Green"
              + " Arkleseizure.");

  private ProbeTexts() {}
}
