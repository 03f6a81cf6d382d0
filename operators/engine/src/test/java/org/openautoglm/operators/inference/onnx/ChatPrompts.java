package org.openautoglm.operators.inference.onnx;

import java.nio.file.Path;
import java.util.List;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.tokenization.Tokenizer;

/** Questions as the chat model's template puts them. */
final class ChatPrompts {
  private static final List<String> QUESTIONS =
      List.of(
          "你好",
          "请介绍一下你自己。",
          "深度学习是什么？",
          "中国的首都是哪里？",
          "请写一首关于春天的短诗。",
          "如何提高睡眠质量？",
          "为什么天空是蓝色的？",
          "推荐三本适合初学者的编程书。",
          "用一句话解释什么是光合作用。",
          "长江有多长？",
          "请把“早上好”翻译成英文。",
          "What is the capital of France?",
          "怎样做西红柿炒鸡蛋？",
          "1 加 1 等于几？",
          "讲一个关于兔子的小故事。",
          "感冒了应该注意什么？");

  private ChatPrompts() {}

  /** Sixteen prompts, as tokens. */
  static List<int[]> tokens(Path directory) throws ModelLoadException {
    try (Tokenizer tokenizer = Tokenizer.open(directory.resolve("tokenizer.json"))) {
      return QUESTIONS.stream()
          .map(
              question ->
                  tokenizer.encode(
                      "<|im_start|>system\nYou are a helpful assistant<|im_end|>\n"
                          + "<|im_start|>user\n"
                          + question
                          + "<|im_end|>\n<|im_start|>assistant\n"))
          .toList();
    }
  }
}
