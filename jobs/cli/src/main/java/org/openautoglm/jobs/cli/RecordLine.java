package org.openautoglm.jobs.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.openautoglm.schemas.json.JsonResultWriter;
import org.openautoglm.schemas.wire.InferenceResult;

/**
 * A Kafka record as one line of JSON. JSON objects are printed as they are, results in protobuf as
 * the same in JSON. Dead letters, and anything else, become an object with the record's key,
 * headers and value, the value as text or in base64.
 */
final class RecordLine {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();
  private static final JsonResultWriter RESULTS = new JsonResultWriter();

  /** A dead letter has it, and its reason beside it, which matters more than what it holds. */
  private static final String DEAD_LETTER_HEADER = "autoglm-error-code";

  private RecordLine() {}

  static String of(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.value();
    if (value == null || record.headers().lastHeader(DEAD_LETTER_HEADER) != null) {
      return wrapped(record);
    }
    if (isProtobuf(record)) {
      return result(value).orElseGet(() -> wrapped(record));
    }
    return text(value).flatMap(RecordLine::object).orElseGet(() -> wrapped(record));
  }

  private static Optional<String> result(byte[] value) {
    try {
      InferenceResult result = InferenceResult.parseFrom(value);
      return Optional.of(new String(RESULTS.write(result), StandardCharsets.UTF_8));
    } catch (InvalidProtocolBufferException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> object(String text) {
    try {
      JsonNode node = JSON.readTree(text);
      if (!node.isObject()) {
        return Optional.empty();
      }
      boolean oneLine = text.indexOf('\n') < 0 && text.indexOf('\r') < 0;
      return Optional.of(oneLine ? text : node.toString());
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private static String wrapped(ConsumerRecord<byte[], byte[]> record) {
    ObjectNode line = JSON.createObjectNode();
    put(line, "key", record.key());
    ObjectNode headers = line.putObject("headers");
    for (Header header : record.headers()) {
      put(headers, header.key(), header.value());
    }
    put(line, "value", record.value());
    return line.toString();
  }

  private static void put(ObjectNode object, String name, byte[] bytes) {
    if (bytes == null) {
      object.putNull(name);
      return;
    }
    text(bytes)
        .ifPresentOrElse(text -> object.put(name, text), () -> object.put(name + "_base64", bytes));
  }

  private static Optional<String> text(byte[] bytes) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static boolean isProtobuf(ConsumerRecord<byte[], byte[]> record) {
    for (Header header : record.headers()) {
      if (header.key().equalsIgnoreCase("content-type") && header.value() != null) {
        return new String(header.value(), StandardCharsets.UTF_8)
            .toLowerCase(Locale.ROOT)
            .contains("protobuf");
      }
    }
    return false;
  }
}
