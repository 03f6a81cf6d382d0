package org.openautoglm.schemas.corpus;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.util.Arrays;
import java.util.HexFormat;
import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.Message;
import org.openautoglm.schemas.wire.Parameters;

/** Protobuf that is no message, or a message that is no right request. */
final class BadProtobuf {
  private BadProtobuf() {}

  static void addTo(Corpus corpus) {
    addMalformed(corpus);
    addUnknown(corpus);
    addRanges(corpus);
    addShapes(corpus);
  }

  private static void addMalformed(Corpus corpus) {
    byte[] right = right().build().toByteArray();
    corpus.malformed("protobuf-as-json", right, "not valid JSON");
    corpus.malformedProtobuf(
        "protobuf-truncated", Arrays.copyOf(right, right.length - 1), "protobuf");
    corpus.malformedProtobuf("protobuf-tag-zero", after("00"), "protobuf");
    corpus.malformedProtobuf("protobuf-wire-type-six", after("0e00"), "protobuf");
    corpus.malformedProtobuf("protobuf-length-negative", after("12ffffffff0f"), "protobuf");
    corpus.malformedProtobuf("protobuf-length-beyond-the-end", after("127f61"), "protobuf");
    corpus.malformedProtobuf(
        "protobuf-varint-without-end", after("30ffffffffffffffffffff01"), "protobuf");
    corpus.malformedProtobuf("protobuf-group-without-end", after("7b"), "protobuf");
    corpus.malformedProtobuf("protobuf-group-end-alone", after("7c"), "protobuf");
    corpus.malformedProtobuf("protobuf-groups-too-deep", after("7b".repeat(5_000)), "protobuf");
    corpus.malformedProtobuf("protobuf-model-id-not-utf8", after("0a01ff"), "UTF-8");
    corpus.malformedProtobuf("protobuf-input-not-utf8", after("1202c0af"), "UTF-8");
    corpus.malformedProtobuf("protobuf-input-surrogate", after("1203eda080"), "UTF-8");
    corpus.malformedProtobuf("protobuf-metadata-not-utf8", after("42060a0161120180"), "UTF-8");
    corpus.malformedProtobuf(
        "protobuf-frame-before-another-message",
        ByteString.copyFrom(new byte[6])
            .concat(ByteString.copyFrom(new byte[] {7, 7}))
            .toByteArray(),
        "protobuf",
        "schema id 0");
  }

  private static void addUnknown(Corpus corpus) {
    UnknownFieldSet unknown =
        UnknownFieldSet.newBuilder()
            .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();
    corpus.invalidProtobuf(
        "protobuf-unknown-field", bytes(right().setUnknownFields(unknown)), "field 99");
    corpus.invalidProtobuf(
        "protobuf-unknown-parameter",
        bytes(right().setParameters(Parameters.newBuilder().setUnknownFields(unknown))),
        "parameters.field 99");
    corpus.invalidProtobuf(
        "protobuf-unknown-in-conversation",
        bytes(chat(Conversation.newBuilder().setUnknownFields(unknown).addMessages(user()))),
        "conversations[0].field 99");
    corpus.invalidProtobuf(
        "protobuf-unknown-in-message",
        bytes(chat(Conversation.newBuilder().addMessages(user().setUnknownFields(unknown)))),
        "conversations[0].messages[0].field 99");
    corpus.invalidProtobuf("protobuf-unknown-group", after("7b7c"), "field 15");
    corpus.invalidProtobuf(
        "protobuf-model-id-varint",
        Corpus.around("", "08071201" + "61", ""),
        "model_id (field 1)",
        "string");
    corpus.invalidProtobuf("protobuf-inputs-varint", after("1005"), "inputs (field 2)", "string");
    corpus.invalidProtobuf("protobuf-temperature-double", after("190000000000000000"), "float");
    corpus.invalidProtobuf("protobuf-deadline-string", after("3a0135"), "deadline_ms", "int64");
    corpus.invalidProtobuf("protobuf-parameters-varint", after("2001"), "parameters", "message");
    corpus.invalidProtobuf(
        "protobuf-settle-unknown", bytes(right().setSettleValue(7)), "settle is 7");
    corpus.invalidProtobuf(
        "protobuf-settle-negative", bytes(right().setSettleValue(-1)), "settle is -1");
  }

  private static void addRanges(Corpus corpus) {
    float nan = Float.NaN;
    float infinite = Float.POSITIVE_INFINITY;
    temperature(corpus, "nan", nan, "temperature is NaN");
    temperature(corpus, "infinite", infinite, "temperature is Infinity");
    temperature(corpus, "minus-infinite", -infinite, "temperature is -Infinity");
    temperature(corpus, "high", 2.1f, "temperature is 2.1: give a number from 0 to 2");
    parameter(corpus, "top-p-nan", Parameters.newBuilder().setTopP(nan), "top_p is NaN");
    parameter(corpus, "top-p-zero", Parameters.newBuilder().setTopP(0), "top_p is 0.0");
    parameter(corpus, "top-k-negative", Parameters.newBuilder().setTopK(-1), "top_k is -1");
    parameter(
        corpus, "penalty-nan", Parameters.newBuilder().setRepetitionPenalty(nan), "is NaN: give");
    parameter(
        corpus,
        "penalty-infinite",
        Parameters.newBuilder().setRepetitionPenalty(infinite),
        "finite");
    parameter(
        corpus, "max-new-tokens-zero", Parameters.newBuilder().setMaxNewTokens(0), "1 or more");
    parameter(corpus, "stop-empty", Parameters.newBuilder().addStop(""), "parameters.stop[0]");
    corpus.invalidProtobuf(
        "protobuf-deadline-zero", bytes(right().setDeadlineMs(0)), "deadline_ms is 0");
    corpus.invalidProtobuf(
        "protobuf-request-id-long", bytes(right().setRequestId("x".repeat(257))), "request_id has");
    corpus.invalidProtobuf(
        "protobuf-metadata-long",
        bytes(right().putMetadata("k", "x".repeat(1025))),
        "metadata.k has 1,025 characters");
  }

  private static void addShapes(Corpus corpus) {
    corpus.invalidProtobuf(
        "protobuf-without-model", bytes(right().clearModelId()), "model_id is missing");
    corpus.invalidProtobuf(
        "protobuf-without-inputs", bytes(right().clearInputs()), "inputs is missing");
    corpus.invalidProtobuf(
        "protobuf-texts-and-conversations",
        bytes(right().addConversations(Conversation.newBuilder().addMessages(user()))),
        "conversations",
        "both given");
    corpus.invalidProtobuf(
        "protobuf-conversation-empty",
        bytes(chat(Conversation.newBuilder())),
        "conversations[0] is empty");
    corpus.invalidProtobuf(
        "protobuf-role-missing",
        bytes(chat(Conversation.newBuilder().addMessages(user().clearRole()))),
        "conversations[0].messages[0].role");
  }

  private static void temperature(Corpus corpus, String name, float value, String words) {
    corpus.invalidProtobuf(
        "protobuf-temperature-" + name, bytes(right().setTemperature(value)), words);
  }

  private static void parameter(
      Corpus corpus, String name, Parameters.Builder parameters, String words) {
    corpus.invalidProtobuf("protobuf-" + name, bytes(right().setParameters(parameters)), words);
  }

  private static InferenceRequest.Builder right() {
    return InferenceRequest.newBuilder().setModelId(Corpus.MODEL).addInputs("你好");
  }

  private static InferenceRequest.Builder chat(Conversation.Builder conversation) {
    return right().clearInputs().addConversations(conversation);
  }

  private static Message.Builder user() {
    return Message.newBuilder().setRole("user").setContent("a");
  }

  private static byte[] bytes(InferenceRequest.Builder request) {
    return request.build().toByteArray();
  }

  /** A right request, then these bytes. */
  private static byte[] after(String hex) {
    return right()
        .build()
        .toByteString()
        .concat(ByteString.copyFrom(HexFormat.of().parseHex(hex)))
        .toByteArray();
  }
}
