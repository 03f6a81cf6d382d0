package org.openautoglm.schemas.corpus;

/** Parameters of JSON requests that have the wrong name, type or range. */
final class BadParameters {
  private BadParameters() {}

  static void addTo(Corpus corpus) {
    corpus.invalidBut("parameters-list", "\"parameters\":[]", "parameters is a list");
    corpus.invalidBut("parameters-null", "\"parameters\":null", "parameters is null");
    corpus.invalidBut("parameters-string", "\"parameters\":\"{}\"", "parameters is the string");
    bad(
        corpus,
        "unknown",
        "\"temprature\":0.5",
        "parameters.temprature",
        "parameters.temperature?");
    bad(corpus, "max-tokens", "\"max_tokens\":5", "did you mean parameters.max_new_tokens?");
    bad(corpus, "not-near", "\"n\":5", "parameters.n is not a field", "top_k");
    addSampling(corpus);
    addLengths(corpus);
    addStop(corpus);
  }

  private static void addSampling(Corpus corpus) {
    bad(
        corpus,
        "temperature-high",
        "\"temperature\":2.5",
        "parameters.temperature is 2.5",
        "0 to 2");
    bad(corpus, "temperature-negative", "\"temperature\":-0.1", "parameters.temperature is -0.1");
    bad(
        corpus,
        "temperature-infinite",
        "\"temperature\":1e999",
        "parameters.temperature",
        "0 to 2");
    bad(corpus, "temperature-string", "\"temperature\":\"0.7\"", "the string \"0.7\"", "a number");
    bad(corpus, "temperature-bool", "\"temperature\":true", "parameters.temperature is true");
    bad(corpus, "temperature-null", "\"temperature\":null", "parameters.temperature is null");
    bad(corpus, "temperature-nan-string", "\"temperature\":\"NaN\"", "the string \"NaN\"");
    bad(corpus, "top-p-zero", "\"top_p\":0", "parameters.top_p is 0.0", "above 0");
    bad(corpus, "top-p-high", "\"top_p\":1.01", "parameters.top_p is 1.01", "at most 1");
    bad(corpus, "top-p-infinite", "\"top_p\":-1e999", "parameters.top_p is -Infinity");
    bad(corpus, "top-p-list", "\"top_p\":[0.5]", "parameters.top_p is a list");
    bad(corpus, "top-k-negative", "\"top_k\":-1", "parameters.top_k is -1");
    bad(corpus, "top-k-fraction", "\"top_k\":1.0", "parameters.top_k", "whole number");
    bad(corpus, "seed-fraction", "\"seed\":0.5", "parameters.seed", "whole number");
    bad(corpus, "seed-overflow", "\"seed\":99999999999999999999", "parameters.seed", "64 bits");
    bad(corpus, "seed-string", "\"seed\":\"7\"", "parameters.seed is the string");
    bad(corpus, "penalty-zero", "\"repetition_penalty\":0", "repetition_penalty is 0.0");
    bad(corpus, "penalty-negative", "\"repetition_penalty\":-1", "repetition_penalty is -1.0");
    bad(corpus, "penalty-infinite", "\"repetition_penalty\":1e39", "finite");
    bad(corpus, "penalty-string", "\"repetition_penalty\":\"1\"", "repetition_penalty", "a number");
  }

  private static void addLengths(Corpus corpus) {
    bad(corpus, "max-new-tokens-zero", "\"max_new_tokens\":0", "max_new_tokens is 0", "1 or more");
    bad(corpus, "max-new-tokens-negative", "\"max_new_tokens\":-9", "max_new_tokens is -9");
    bad(corpus, "max-new-tokens-fraction", "\"max_new_tokens\":64.5", "number 64.5", "whole");
    bad(corpus, "max-new-tokens-overflow", "\"max_new_tokens\":2147483648", "32 bits");
    bad(corpus, "max-new-tokens-object", "\"max_new_tokens\":{}", "max_new_tokens is an object");
  }

  private static void addStop(Corpus corpus) {
    bad(corpus, "stop-string", "\"stop\":\"\\n\"", "parameters.stop is the string", "list");
    bad(corpus, "stop-number", "\"stop\":[\"a\",5]", "parameters.stop[1] is the number 5");
    bad(corpus, "stop-empty", "\"stop\":[\"\"]", "parameters.stop[0] is empty");
    bad(corpus, "stop-many", "\"stop\":[" + "\"a\",".repeat(16) + "\"a\"]", "17 members", "is 16");
    bad(corpus, "stop-long", "\"stop\":[\"" + "x".repeat(257) + "\"]", "stop[0]", "257", "256");
  }

  private static void bad(Corpus corpus, String name, String member, String... words) {
    corpus.invalidBut("parameter-" + name, "\"parameters\":{" + member + "}", words);
  }
}
