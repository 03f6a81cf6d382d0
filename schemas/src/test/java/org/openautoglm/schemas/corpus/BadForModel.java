package org.openautoglm.schemas.corpus;

import org.openautoglm.schemas.corpus.BadRecord.Stage;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.wire.InferenceRequest;

/**
 * Requests that keep the contract, but that their model cannot answer. They suppose an embedding
 * model named {@code bge-small-zh} that reads 512 tokens and does not truncate.
 */
final class BadForModel {
  private BadForModel() {}

  static void addTo(Corpus corpus) {
    FailureCode unknown = FailureCode.UNKNOWN_MODEL;
    later(corpus, "unknown-model", Stage.ADMIT, unknown, "\"model_id\":\"gpt-17\"", "gpt-17");
    later(
        corpus,
        "unknown-model-case",
        Stage.ADMIT,
        unknown,
        "\"model_id\":\"BGE-small-zh\"",
        "BGE-small-zh");
    later(corpus, "unknown-model-chinese", Stage.ADMIT, unknown, "\"model_id\":\"模型\"", "模型");
    addParameters(corpus);
    corpus.later(
        "prompt-too-long",
        "{\"model_id\":\"bge-small-zh\",\"inputs\":[\"a\",\"" + "hello ".repeat(174_763) + "\"]}",
        Stage.PREPARE,
        FailureCode.PROMPT_TOO_LONG,
        "512");
    corpus.laterProtobuf(
        "prompt-too-long-protobuf",
        InferenceRequest.newBuilder()
            .setModelId(Corpus.MODEL)
            .addInputs("你好".repeat(1_000))
            .build()
            .toByteArray(),
        Stage.PREPARE,
        FailureCode.PROMPT_TOO_LONG,
        "512");
    corpus.later(
        "conversation-for-an-embedding-model",
        "{\"model_id\":\"bge-small-zh\",\"inputs\":[[{\"role\":\"user\",\"content\":\"a\"}]]}",
        Stage.PREPARE,
        FailureCode.INVALID_REQUEST);
  }

  private static void addParameters(Corpus corpus) {
    for (String parameter :
        new String[] {
          "\"temperature\":0.7",
          "\"max_new_tokens\":64",
          "\"top_p\":0.9",
          "\"top_k\":40",
          "\"seed\":7",
          "\"repetition_penalty\":1.1",
          "\"stop\":[\"a\"]"
        }) {
      String name = parameter.substring(1, parameter.indexOf('"', 1));
      later(
          corpus,
          "unsupported-" + name,
          Stage.ADMIT,
          FailureCode.UNSUPPORTED_PARAMETER,
          "\"model_id\":\"bge-small-zh\",\"parameters\":{" + parameter + "}",
          name);
    }
  }

  private static void later(
      Corpus corpus, String name, Stage stage, FailureCode code, String members, String... words) {
    corpus.later(name, "{\"inputs\":[\"你好\"]," + members + "}", stage, code, words);
  }
}
