package org.openautoglm.operators.conversion.testing;

import java.util.ArrayList;
import java.util.List;

/** Texts as a topic has them: languages, symbols and lengths mixed. */
public final class Corpus {
  private static final List<String> SENTENCES =
      List.of(
          "人工智能正在改变我们的生活方式。",
          "The quick brown fox jumps over the lazy dog.",
          "苹果公司今天发布了新款 iPhone，售价 999 美元起。",
          "Large language models are trained on text from the web.",
          "北京大学和清华大学都是中国著名的高等学府。",
          "Café naïve résumé façade — coöperate, Ångström, Über!",
          "这家餐厅的菜太难吃了，服务态度也很差，再也不会来了！！！",
          "Kafka, Flink & ONNX: exactly-once at 100% (p99 < 10ms)?",
          "你这个人怎么这么不讲道理，滚远一点。",
          "加微信 abc_123 免费领取红包，日赚上千不是梦",
          "東京は日本の首都です。カタカナもひらがなもあります。",
          "서울은 대한민국의 수도이다.",
          "Москва — столица России.",
          "مرحبا بالعالم",
          "😀😃😄 今天真开心 🎉🎉",
          "👨‍👩‍👧‍👦 family, 🇨🇳 flag, 👍🏽 skin tone",
          "x = {'a': [1, 2, 3], \"b\": null}; // 注释 TODO()",
          "https://example.org/path?q=%E4%BD%A0%E5%A5%BD&x=1#frag",
          "ＦＵＬＬＷＩＤＴＨ ｔｅｘｔ　１２３，．！",
          "\tTabs\tand\nnew lines\r\nand   many    spaces ",
          "supercalifragilisticexpialidocious antidisestablishmentarianism",
          "3.14159265358979 2.71828 1e-7 0xCAFEBABE 1,234,567.89",
          "澳门首家线上赌场上线啦，性感荷官在线发牌，注册送彩金。",
          "您的银行账户存在异常，请立即点击链接验证身份信息。",
          "𠀀𠀁𠮷 rare ideographs 㐀㐁",
          "e\u0301 combining, n\u0303 marks, zero\u200Bwidth\u200Djoiner",
          "nul\u0000in\u0001the\u007Fmiddle",
          "¡Hola! ¿Qué tal? «guillemets» „quotes“ …",
          "α + β = γ; ∑ ∞ ≠ ≤ ≥ √ ∫ ₁ ² ½",
          "ALL CAPS SHOUTING AND mixedCase IdEnTiFiErS");

  private Corpus() {}

  /** More than sixty texts, from empty to beyond two hundred tokens. */
  public static List<String> texts() {
    List<String> texts = new ArrayList<>(SENTENCES);
    texts.addAll(List.of("", " ", "a", "好", "。", "😀", "[", "-", "a".repeat(99), "a".repeat(101)));
    for (int i = 0; i < SENTENCES.size(); i++) {
      StringBuilder text = new StringBuilder();
      for (int n = 0; n <= i % 7; n++) {
        text.append(SENTENCES.get((i * 7 + n * 11) % SENTENCES.size()))
            .append(n % 2 == 0 ? " " : "");
      }
      texts.add(text.toString());
    }
    texts.add("从前有座山，山里有座庙。".repeat(15));
    texts.add("once upon a time ".repeat(40));
    return texts;
  }
}
