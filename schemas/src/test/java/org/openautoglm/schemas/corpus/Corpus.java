package org.openautoglm.schemas.corpus;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.openautoglm.schemas.corpus.BadRecord.Stage;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.Header;

/** Gathers bad records. */
final class Corpus {
  /** An embedding model that the demo has, so that the records can go through a real job. */
  static final String MODEL = "bge-small-zh";

  private static final Header PROTOBUF =
      Header.newBuilder()
          .setKey("content-type")
          .setValue(ByteString.copyFromUtf8("application/x-protobuf"))
          .build();

  private final List<BadRecord> records = new ArrayList<>();

  List<BadRecord> records() {
    return List.copyOf(records);
  }

  void malformed(String name, String json, String... words) {
    malformed(name, json.getBytes(UTF_8), words);
  }

  void malformed(String name, byte[] json, String... words) {
    add(name, json, List.of(), Stage.DECODE, FailureCode.MALFORMED_RECORD, words);
  }

  void malformedProtobuf(String name, byte[] protobuf, String... words) {
    add(name, protobuf, List.of(PROTOBUF), Stage.DECODE, FailureCode.MALFORMED_RECORD, words);
  }

  void invalid(String name, String json, String... words) {
    add(name, json.getBytes(UTF_8), List.of(), Stage.DECODE, FailureCode.INVALID_REQUEST, words);
  }

  /** A request that is right but for these members. */
  void invalidBut(String name, String members, String... words) {
    invalid(name, "{\"model_id\":\"" + MODEL + "\",\"inputs\":[\"你好\"]," + members + "}", words);
  }

  void invalidProtobuf(String name, byte[] protobuf, String... words) {
    add(name, protobuf, List.of(PROTOBUF), Stage.DECODE, FailureCode.INVALID_REQUEST, words);
  }

  void later(String name, String json, Stage stage, FailureCode code, String... words) {
    add(name, json.getBytes(UTF_8), List.of(), stage, code, words);
  }

  void laterProtobuf(String name, byte[] protobuf, Stage stage, FailureCode code, String... words) {
    add(name, protobuf, List.of(PROTOBUF), stage, code, words);
  }

  void withContentType(String name, String contentType, byte[] value, String... words) {
    Header header =
        Header.newBuilder()
            .setKey("content-type")
            .setValue(ByteString.copyFromUtf8(contentType))
            .build();
    add(name, value, List.of(header), Stage.DECODE, FailureCode.MALFORMED_RECORD, words);
  }

  void withHeader(String name, String key, int valueBytes, byte[] value, String... words) {
    Header header =
        Header.newBuilder().setKey(key).setValue(ByteString.copyFrom(new byte[valueBytes])).build();
    add(name, value, List.of(header), Stage.DECODE, FailureCode.INVALID_REQUEST, words);
  }

  void tombstone(String name, boolean protobuf, String... words) {
    records.add(
        new BadRecord(
            name,
            Optional.empty(),
            protobuf ? List.of(PROTOBUF) : List.of(),
            Stage.DECODE,
            FailureCode.MALFORMED_RECORD,
            List.of(words)));
  }

  /** Bytes that are {@code before}, then these in hexadecimal, then {@code after}. */
  static byte[] around(String before, String hex, String after) {
    return ByteString.copyFromUtf8(before)
        .concat(ByteString.copyFrom(HexFormat.of().parseHex(hex)))
        .concat(ByteString.copyFromUtf8(after))
        .toByteArray();
  }

  private void add(
      String name,
      byte[] value,
      List<Header> headers,
      Stage stage,
      FailureCode code,
      String... words) {
    records.add(
        new BadRecord(
            name, Optional.of(ByteString.copyFrom(value)), headers, stage, code, List.of(words)));
  }
}
