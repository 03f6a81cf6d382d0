package org.openautoglm.schemas.corpus;

/** Conversations of JSON requests that are none. */
final class BadMessages {
  private BadMessages() {}

  static void addTo(Corpus corpus) {
    bad(corpus, "conversation-empty", "[]", "inputs[1] is empty");
    bad(corpus, "conversation-of-texts", "[\"a\"]", "inputs[1][0] is the string \"a\"", "role");
    bad(corpus, "conversation-of-lists", "[[]]", "inputs[1][0] is a list");
    bad(corpus, "message-empty", "[{}]", "inputs[1][0].role is missing", "inputs[1][0].content");
    bad(corpus, "role-missing", "[{\"content\":\"a\"}]", "inputs[1][0].role is missing");
    bad(corpus, "role-empty", "[{\"role\":\"\",\"content\":\"a\"}]", "inputs[1][0].role", "empty");
    bad(
        corpus,
        "role-number",
        "[{\"role\":1,\"content\":\"a\"}]",
        "inputs[1][0].role is the number");
    bad(
        corpus,
        "role-long",
        "[{\"role\":\"" + "x".repeat(65) + "\",\"content\":\"a\"}]",
        "inputs[1][0].role has 65 characters; the limit is 64");
    bad(corpus, "content-missing", "[{\"role\":\"user\"}]", "inputs[1][0].content is missing");
    bad(corpus, "content-null", "[{\"role\":\"user\",\"content\":null}]", "content is null");
    bad(corpus, "content-parts", "[{\"role\":\"user\",\"content\":[]}]", "content is a list");
    bad(
        corpus,
        "message-unknown-field",
        "[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"user\",\"contents\":\"a\"}]",
        "inputs[1][1].contents is not a field: did you mean inputs[1][1].content?");
    bad(
        corpus,
        "messages-many",
        "[" + "{\"role\":\"user\",\"content\":\"\"},".repeat(1024) + "1]",
        "inputs[1] has 1,025 messages; the limit is 1,024");
    String message = "{\"role\":\"user\",\"content\":\"" + "x".repeat(1_000_000) + "\"}";
    bad(
        corpus,
        "conversation-too-long",
        "[" + message + "," + message + ",{\"role\":\"user\",\"content\":\"x\"}]",
        "inputs[1] has 2,000,001 characters");
  }

  private static void bad(Corpus corpus, String name, String conversation, String... words) {
    corpus.invalid(
        name,
        "{\"model_id\":\"" + Corpus.MODEL + "\",\"inputs\":[\"a\"," + conversation + "]}",
        words);
  }
}
