package org.openautoglm.operators.inference.generation;

import java.util.ArrayList;
import java.util.List;
import org.openautoglm.operators.inference.onnx.ConvertedChatModel;

/** Prompts of all kinds for the chat model. */
final class ChatConversations {
  private static final List<String> TEXTS =
      List.of(
          "你好",
          "请解释什么是深度学习?",
          "中国的首都是哪里？",
          "请写一首关于春天的短诗。",
          "如何提高睡眠质量？",
          "为什么天空是蓝色的？",
          "推荐三本适合初学者的编程书。",
          "用一句话解释什么是光合作用。",
          "长江有多长？",
          "请把“早上好”翻译成英文。",
          "怎样做西红柿炒鸡蛋？",
          "1 加 1 等于几？",
          "讲一个关于兔子的小故事。",
          "感冒了应该注意什么？",
          "?",
          "嗯",
          "Hi",
          "What is the capital of France?",
          "Explain in one sentence why the sea is salty.",
          "Write a short poem about autumn.",
          "List three uses of a paper clip.",
          "How do I sort a list in Python?",
          "翻译：The early bird catches the worm.",
          "混合 English 和中文的句子 also works 吗？😀",
          "请总结下面这段话：" + "流处理系统把数据看作没有尽头的事件序列，并在事件到来时就处理它们。".repeat(3),
          "请找出下文的主题：" + "水在地面蒸发，升到空中凝结成云，又以雨雪的形式落回地面，汇入江河湖海。".repeat(12),
          "Summarise: "
              + "A model reads one token after another and guesses the next one. ".repeat(3),
          "Repeat after me: " + "never say never again, ".repeat(8));

  private ChatConversations() {}

  /** Thirty-two prompts, one of them longer than what is read of a prompt at once. */
  static List<int[]> prompts(ConvertedChatModel model) {
    List<int[]> prompts = new ArrayList<>();
    TEXTS.forEach(text -> prompts.add(model.prompt(text)));
    prompts.add(model.conversation("system", "你是一位耐心的老师。", "user", "什么是分数？"));
    prompts.add(
        model.conversation("user", "我叫小明。", "assistant", "你好，小明！有什么可以帮你？", "user", "我叫什么名字？"));
    prompts.add(
        model.conversation(
            "system",
            "Answer in English.",
            "user",
            "What is 2 + 2?",
            "assistant",
            "4",
            "user",
            "And doubled?"));
    prompts.add(model.conversation("user", "继续：春眠不觉晓，"));
    return prompts;
  }
}
