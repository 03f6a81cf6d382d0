package org.openautoglm.jobs.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.openautoglm.operators.inference.RowPreparer;

/**
 * A question and how long its answer is to be.
 *
 * @param text as it is published
 * @param tokens as the model reads it; read-only
 * @param newTokens tokens of the answer
 */
@SuppressWarnings("ArrayRecordComponent") // Read-only: a copy would only cost time.
record GenerationPrompt(String text, int[] tokens, int newTokens) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> SUBJECTS =
      List.of("深度学习", "光合作用", "流处理", "长江", "春天", "睡眠", "编程", "数据库", "唐诗", "茶");
  private static final List<String> QUESTIONS =
      List.of("请解释什么是%s?", "用简单的话介绍%s。", "为什么%s很重要？", "请写一段关于%s的话。");

  /** Questions of like length, each asking for so many tokens. */
  static List<GenerationPrompt> equal(RowPreparer preparer, int count, int newTokens)
      throws Exception {
    List<GenerationPrompt> prompts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      prompts.add(of(preparer, i, newTokens));
    }
    return prompts;
  }

  /** Questions of like length, whose answers are to have from 8 to 256 tokens, evenly mixed. */
  static List<GenerationPrompt> mixed(RowPreparer preparer, int count) throws Exception {
    Random random = new Random(11);
    List<GenerationPrompt> prompts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      prompts.add(of(preparer, i, 8 + random.nextInt(249)));
    }
    return prompts;
  }

  static GenerationPrompt of(RowPreparer preparer, int number, int newTokens) throws Exception {
    String subject = SUBJECTS.get(number % SUBJECTS.size());
    String text = QUESTIONS.get(number / SUBJECTS.size() % QUESTIONS.size()).formatted(subject);
    return new GenerationPrompt(text, preparer.prepare(text), newTokens);
  }

  /** The request, in JSON. */
  byte[] request(String model, String id) throws IOException {
    ObjectNode request = JSON.createObjectNode();
    request.put("request_id", id).put("model_id", model).putArray("inputs").add(text);
    request.putObject("parameters").put("max_new_tokens", newTokens);
    return JSON.writeValueAsBytes(request);
  }
}
