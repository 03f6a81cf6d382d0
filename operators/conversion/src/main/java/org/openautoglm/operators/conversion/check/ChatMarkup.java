package org.openautoglm.operators.conversion.check;

import org.openautoglm.operators.conversion.check.Dialogues.Turn;

/**
 * How a family of chat models marks who speaks, for texts to measure perplexity on: such a model
 * makes little sense of bare text. Recognised by a mark in the chat template; what serves prompts
 * follows the template itself.
 */
enum ChatMarkup {
  /** Qwen, MiniMind and many more. */
  CHAT_ML(
      "<|im_start|>", "<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n", "<|im_end|>"),
  LLAMA_3(
      "<|start_header_id|>",
      "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n",
      "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
      "<|eot_id|>"),
  GLM_4("[gMASK]<sop>", "[gMASK]<sop><|user|>\n", "<|assistant|>\n", "<|user|>"),
  GLM_3("<|assistant|>", "<|user|>\n", "<|assistant|>\n", "<|user|>"),
  MISTRAL("[INST]", "<s>[INST] ", " [/INST] ", "</s>"),
  /** No mark is known: question and answer, a line each. */
  NONE("", "", "\n", "");

  private final String mark;
  private final String beforeQuestion;
  private final String beforeAnswer;
  private final String afterAnswer;

  ChatMarkup(String mark, String beforeQuestion, String beforeAnswer, String afterAnswer) {
    this.mark = mark;
    this.beforeQuestion = beforeQuestion;
    this.beforeAnswer = beforeAnswer;
    this.afterAnswer = afterAnswer;
  }

  /**
   * The markup of a model.
   *
   * @param template its chat template, or what holds it; empty where it has none
   */
  static ChatMarkup of(String template) {
    for (ChatMarkup markup : values()) {
      if (template.contains(markup.mark)) {
        return markup;
      }
    }
    return NONE;
  }

  /** Whether the tokenizer's own special tokens are to be put around texts. */
  boolean wantsSpecialTokens() {
    return this == NONE;
  }

  /** A question, up to where the model answers. */
  String prompt(String question) {
    return beforeQuestion + question + beforeAnswer;
  }

  String text(Turn turn) {
    return prompt(turn.question()) + turn.answer() + afterAnswer;
  }
}
