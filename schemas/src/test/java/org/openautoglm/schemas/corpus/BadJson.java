package org.openautoglm.schemas.corpus;

/** Text that is not JSON, or JSON that is no object. */
final class BadJson {
  private static final String START = "{\"model_id\":\"bge-small-zh\",\"inputs\":[\"a\"]";

  private BadJson() {}

  static void addTo(Corpus corpus) {
    addTruncated(corpus);
    addSyntax(corpus);
    addSurrogates(corpus);
    addDuplicates(corpus);
    addDepths(corpus);
    corpus.malformed("top-level-list", "[" + START + "}]", "not an object");
    corpus.malformed("top-level-string", "\"bge-small-zh\"", "not an object");
    corpus.malformed("top-level-number", "42", "not an object");
    corpus.malformed("top-level-null", "null", "not an object");
    corpus.malformed("top-level-true", "true", "not an object");
  }

  private static void addTruncated(Corpus corpus) {
    corpus.malformed("cut-after-the-brace", "{", "not valid JSON");
    corpus.malformed("cut-in-a-name", "{\"model_i", "not valid JSON");
    corpus.malformed("cut-after-a-colon", "{\"model_id\":", "not valid JSON");
    corpus.malformed("cut-in-a-string", "{\"model_id\":\"bge", "not valid JSON");
    corpus.malformed("cut-in-an-escape", "{\"model_id\":\"\\u12", "not valid JSON");
    corpus.malformed("cut-in-a-literal", "{\"model_id\":tru", "not valid JSON");
    corpus.malformed("cut-in-a-list", "{\"inputs\":[\"a\",", "not valid JSON");
    corpus.malformed("cut-before-the-brace", START, "not valid JSON");
  }

  private static void addSyntax(Corpus corpus) {
    corpus.malformed("trailing-garbage", START + "} x", "not valid JSON");
    corpus.malformed("two-objects", START + "}\n" + START + "}", "one request in one record");
    corpus.malformed("trailing-comma", START + ",}", "not valid JSON");
    corpus.malformed("trailing-comma-in-list", "{\"inputs\":[\"a\",]}", "not valid JSON");
    corpus.malformed("missing-colon", "{\"model_id\" \"m\"}", "not valid JSON");
    corpus.malformed("wrong-bracket", "{\"inputs\":[\"a\"}]", "not valid JSON");
    corpus.malformed("comment", START + "/* why */}", "not valid JSON");
    corpus.malformed("single-quotes", "{'model_id':'m'}", "not valid JSON");
    corpus.malformed("unquoted-name", "{model_id:\"m\"}", "not valid JSON");
    corpus.malformed("unknown-literal", "{\"model_id\":None}", "not valid JSON");
    corpus.malformed("nan", START + ",\"parameters\":{\"top_p\":NaN}}", "not valid JSON");
    corpus.malformed("infinity", START + ",\"parameters\":{\"top_p\":Infinity}}", "not valid JSON");
    corpus.malformed(
        "minus-infinity", START + ",\"parameters\":{\"top_p\":-Infinity}}", "not valid JSON");
    corpus.malformed("leading-zero", START + ",\"deadline_ms\":0100}", "not valid JSON");
    corpus.malformed("leading-plus", START + ",\"deadline_ms\":+100}", "not valid JSON");
    corpus.malformed("leading-point", START + ",\"deadline_ms\":.5}", "not valid JSON");
    corpus.malformed("hexadecimal", START + ",\"deadline_ms\":0x10}", "not valid JSON");
    corpus.malformed(
        "long-number", START + ",\"deadline_ms\":" + "9".repeat(1000) + "}", "not valid JSON");
    corpus.malformed("newline-in-a-string", "{\"model_id\":\"a\nb\"}", "not valid JSON");
    corpus.malformed("nul-in-a-string", "{\"model_id\":\"a\u0000b\"}", "not valid JSON");
    corpus.malformed("unknown-escape", "{\"model_id\":\"\\x41\"}", "not valid JSON");
    corpus.malformed("bad-unicode-escape", "{\"model_id\":\"\\u00zz\"}", "not valid JSON");
  }

  private static void addSurrogates(Corpus corpus) {
    corpus.malformed("lone-high-surrogate", "{\"inputs\":[\"\\ud83d\"]}", "\\ud83d", "byte 12");
    corpus.malformed("lone-low-surrogate", "{\"inputs\":[\"\\uDE00\"]}", "\\uDE00");
    corpus.malformed("swapped-surrogates", "{\"inputs\":[\"\\ude00\\ud83d\"]}", "\\ude00");
    corpus.malformed("two-high-surrogates", "{\"inputs\":[\"\\ud83d\\ud83d\"]}", "\\ud83d");
    corpus.malformed("half-escaped-surrogates", "{\"inputs\":[\"\\ud83d😀\"]}", "\\ud83d");
    corpus.malformed("lone-surrogate-in-a-name", "{\"\\ud83d\":1}", "surrogate");
  }

  private static void addDuplicates(Corpus corpus) {
    corpus.malformed("duplicate-model-id", START + ",\"model_id\":\"m\"}", "Duplicate", "model_id");
    corpus.malformed("duplicate-inputs", START + ",\"inputs\":[\"a\"]}", "Duplicate", "inputs");
    corpus.malformed(
        "duplicate-escaped", START + ",\"model\\u005fid\":\"m\"}", "Duplicate", "model_id");
    corpus.malformed(
        "duplicate-parameter", START + ",\"parameters\":{\"top_k\":1,\"top_k\":2}}", "top_k");
    corpus.malformed(
        "duplicate-metadata", START + ",\"metadata\":{\"a\":\"1\",\"a\":\"2\"}}", "Duplicate");
    corpus.malformed(
        "duplicate-role",
        "{\"inputs\":[[{\"role\":\"user\",\"role\":\"user\",\"content\":\"\"}]]}",
        "role");
    corpus.malformed("duplicate-unknown", START + ",\"x\":1,\"x\":2}", "Duplicate");
    corpus.malformed(
        "duplicate-deep", START + ",\"x\":{\"a\":{\"b\":1,\"b\":2}}}", "Duplicate", "b");
    corpus.malformed(
        "duplicate-in-a-wrong-type", START + ",\"settle\":{\"a\":1,\"a\":2}}", "Duplicate", "a");
    corpus.malformed(
        "duplicate-before-a-syntax-error", START + ",\"model_id\":\"m\",", "Duplicate", "model_id");
  }

  private static void addDepths(Corpus corpus) {
    corpus.malformed("nested-17", "{\"x\":" + "[".repeat(17) + "]".repeat(17) + "}", "16 levels");
    corpus.malformed("nested-objects", "{\"x\":".repeat(1_000), "16 levels");
    corpus.malformed("nested-without-end", "{\"inputs\":" + "[".repeat(500_000), "16 levels");
    corpus.malformed("nested-top-level", "[".repeat(100_000), "not an object");
  }
}
