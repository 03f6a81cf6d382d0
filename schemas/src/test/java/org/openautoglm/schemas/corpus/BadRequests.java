package org.openautoglm.schemas.corpus;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** JSON objects that are no right request, parameters and messages aside. */
final class BadRequests {
  private BadRequests() {}

  static void addTo(Corpus corpus) {
    corpus.invalid("empty-object", "{}", "2 problems", "model_id is missing", "inputs is missing");
    addModelIds(corpus);
    addInputs(corpus);
    addUnknownFields(corpus);
    addEnvelopes(corpus);
    addMetadata(corpus);
    corpus.invalid(
        "many-problems",
        "{\"modelid\":\"m\",\"inputs\":[1,\"a\",null],\"settle\":\"some\",\"deadline_ms\":0}",
        "6 problems",
        "modelid is not a field: did you mean model_id?",
        "inputs[0] is the number 1",
        "inputs[2] is null",
        "settle is \"some\"",
        "model_id is missing",
        "deadline_ms is 0");
    corpus.invalidBut(
        "more-problems-than-are-told",
        IntStream.range(0, 50).mapToObj(i -> "\"zz" + i + "\":1").collect(Collectors.joining(",")),
        "50 problems",
        "zz0 is not a field",
        "and 30 more");
  }

  private static void addModelIds(Corpus corpus) {
    String mend = "give a string";
    corpus.invalid("model-id-missing", "{\"inputs\":[\"a\"]}", "model_id is missing");
    corpus.invalid("model-id-empty", "{\"model_id\":\"\",\"inputs\":[\"a\"]}", "model_id", "empty");
    corpus.invalid("model-id-number", "{\"model_id\":7,\"inputs\":[\"a\"]}", "model_id", mend);
    corpus.invalid("model-id-null", "{\"model_id\":null,\"inputs\":[\"a\"]}", "null", mend);
    corpus.invalid("model-id-list", "{\"model_id\":[\"m\"],\"inputs\":[\"a\"]}", "a list", mend);
    corpus.invalid("model-id-object", "{\"model_id\":{},\"inputs\":[\"a\"]}", "an object", mend);
    corpus.invalid("model-id-bool", "{\"model_id\":true,\"inputs\":[\"a\"]}", "true", mend);
    corpus.invalid(
        "model-id-long",
        "{\"model_id\":\"" + "x".repeat(257) + "\",\"inputs\":[\"a\"]}",
        "model_id has 257 characters; the limit is 256");
  }

  private static void addInputs(Corpus corpus) {
    String model = "{\"model_id\":\"" + Corpus.MODEL + "\"";
    corpus.invalid("inputs-missing", model + "}", "inputs is missing");
    corpus.invalid("inputs-empty", model + ",\"inputs\":[]}", "inputs", "at least one");
    corpus.invalid("inputs-string", model + ",\"inputs\":\"你好\"}", "the string \"你好\"", "list");
    corpus.invalid("inputs-number", model + ",\"inputs\":3}", "inputs is the number 3");
    corpus.invalid("inputs-object", model + ",\"inputs\":{\"a\":1}}", "inputs is an object");
    corpus.invalid("inputs-null", model + ",\"inputs\":null}", "inputs is null");
    corpus.invalid("input-number", model + ",\"inputs\":[\"a\",1.5]}", "inputs[1]", "number 1.5");
    corpus.invalid("input-null", model + ",\"inputs\":[null]}", "inputs[0] is null");
    corpus.invalid("input-bool", model + ",\"inputs\":[false]}", "inputs[0] is false");
    corpus.invalid("input-object", model + ",\"inputs\":[{\"role\":\"user\"}]}", "inputs[0]");
    corpus.invalid(
        "too-many-inputs",
        model + ",\"inputs\":[" + "\"a\",".repeat(256) + "\"a\"]}",
        "inputs has 257 members; the limit is 256");
    corpus.invalid(
        "input-too-long",
        model + ",\"inputs\":[\"a\",\"" + "x".repeat(2_000_001) + "\"]}",
        "inputs[1] has 2,000,001 characters; the limit is 2,000,000");
  }

  private static void addUnknownFields(Corpus corpus) {
    corpus.invalidBut("unknown-field", "\"flavour\":1", "flavour is not a field", "metadata");
    corpus.invalidBut("unknown-field-near", "\"meta_data\":{}", "did you mean metadata?");
    corpus.invalidBut("unknown-field-case", "\"deadlineMs\":1", "did you mean deadline_ms?");
    corpus.invalidBut("unknown-field-empty", "\"\":1", "is not a field");
    corpus.invalidBut("unknown-field-long", "\"" + "x".repeat(10_000) + "\":1", "xxx…", "not a");
    corpus.invalidBut("unknown-field-nested", "\"a\":{\"b\":[1,{\"c\":2}]}", "a is not a field");
    corpus.invalidBut(
        "temperature-at-the-top", "\"temperature\":1", "did you mean parameters.temperature?");
    corpus.invalidBut(
        "conversations-in-json", "\"conversations\":[]", "conversations is not a field");
  }

  private static void addEnvelopes(Corpus corpus) {
    corpus.invalidBut("request-id-number", "\"request_id\":17", "request_id is the number 17");
    corpus.invalidBut("request-id-null", "\"request_id\":null", "request_id is null");
    corpus.invalidBut("request-id-empty", "\"request_id\":\"\"", "request_id is empty");
    corpus.invalidBut(
        "request-id-long",
        "\"request_id\":\"" + "😀".repeat(257) + "\"",
        "request_id has 257 characters; the limit is 256");
    corpus.invalidBut(
        "settle-unknown", "\"settle\":\"first\"", "settle", "\"first\"", "all_settled");
    corpus.invalidBut("settle-upper-case", "\"settle\":\"ALL\"", "settle", "\"all\"");
    corpus.invalidBut("settle-number", "\"settle\":1", "settle is the number 1");
    corpus.invalidBut("deadline-zero", "\"deadline_ms\":0", "deadline_ms is 0: give 1 or more");
    corpus.invalidBut("deadline-negative", "\"deadline_ms\":-5", "deadline_ms is -5");
    corpus.invalidBut("deadline-fraction", "\"deadline_ms\":1.5", "deadline_ms", "whole number");
    corpus.invalidBut("deadline-exponent", "\"deadline_ms\":1e3", "deadline_ms", "whole number");
    corpus.invalidBut("deadline-string", "\"deadline_ms\":\"5s\"", "the string \"5s\"", "whole");
    corpus.invalidBut("deadline-far", "\"deadline_ms\":99999999999", "604,800,000", "seven days");
    corpus.invalidBut("deadline-overflow", "\"deadline_ms\":9223372036854775808", "64 bits");
  }

  private static void addMetadata(Corpus corpus) {
    corpus.invalidBut("metadata-list", "\"metadata\":[\"a\"]", "metadata is a list");
    corpus.invalidBut("metadata-number", "\"metadata\":{\"n\":1}", "metadata.n is the number 1");
    corpus.invalidBut(
        "metadata-nested", "\"metadata\":{\"n\":{\"m\":1}}", "metadata.n is an object");
    String entries =
        IntStream.range(0, 33)
            .mapToObj(i -> "\"k" + i + "\":\"v\"")
            .collect(Collectors.joining(","));
    corpus.invalidBut("metadata-many", "\"metadata\":{" + entries + "}", "33 entries", "is 32");
    String text = "x".repeat(1025);
    corpus.invalidBut("metadata-long", "\"metadata\":{\"n\":\"" + text + "\"}", "1,025", "1,024");
    corpus.invalidBut(
        "metadata-long-name", "\"metadata\":{\"" + text + "\":\"\"}", "name", "1,025");
  }
}
