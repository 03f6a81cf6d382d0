package org.openautoglm.jobs.law;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.Settle;

/**
 * Records as producers may send them, and as none should: valid requests in both formats, wrapped,
 * mutated, and with every kind of key, header and timestamp. The same seed makes the same records.
 */
final class FuzzedRecords {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> CONTENT_TYPES =
      List.of(
          "application/json",
          "application/x-protobuf",
          "application/cloudevents+json",
          "application/cloudevents-batch+json",
          "text/json; charset=utf-16",
          "\"application/json\"",
          "application/vnd.x+json",
          "",
          ";",
          "text/plain",
          "\u0000\u00ff");
  private static final List<String> HEADERS =
      List.of(
          "content-type",
          "Content-Type",
          "content-encoding",
          "traceparent",
          "tracestate",
          "correlation-id",
          "ce_id",
          "autoglm-source",
          "autoglm-republished-of",
          "autoglm-unreadable",
          "",
          "键");
  private static final String[] TEXTS = {
    "",
    "a",
    "你好，世界",
    "😀".repeat(9),
    FingerprintModel.POISON + "x",
    "\u0000\u0001\u001f",
    "\ud83d",
    "x y"
  };

  private static final String PUNCTUATION = "{}[]\",:\\0e-";

  private final Random random;

  FuzzedRecords(long seed) {
    random = new Random(seed);
  }

  /** The next record. */
  ProducerRecord<byte[], byte[]> next(String topic) {
    boolean protobuf = random.nextInt(3) == 0;
    byte[] value = wrapped(request(), protobuf);
    for (int mutations = random.nextInt(4) - 1; mutations > 0; mutations--) {
      value = mutated(value);
    }
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            topic, null, timestamp(), key(), random.nextInt(60) == 0 ? null : value);
    if (protobuf && random.nextInt(8) > 0) {
      record.headers().add("content-type", "application/x-protobuf".getBytes(UTF_8));
    }
    for (int headers = random.nextInt(5) - 2; headers > 0; headers--) {
      record.headers().add(any(HEADERS), headerValue());
    }
    return record;
  }

  private InferenceRequest request() {
    InferenceRequest.Builder request = InferenceRequest.newBuilder();
    request.setModelId(any(List.of("fingerprint", "chat", "nobody", "")));
    for (int inputs = random.nextInt(4); inputs > 0; inputs--) {
      request.addInputs(TEXTS[random.nextInt(TEXTS.length)].repeat(1 + random.nextInt(3)));
    }
    if (random.nextInt(6) == 0) {
      request.addConversationsBuilder().addMessagesBuilder().setRole("user").setContent("hi");
    }
    if (random.nextInt(3) == 0) {
      request.setRequestId("r-" + random.nextInt(100_000));
    }
    if (random.nextInt(4) == 0) {
      request.setTemperature(random.nextFloat() * 3);
      request.getParametersBuilder().setMaxNewTokens(random.nextInt(40) - 2).addStop("x");
    }
    if (random.nextInt(6) == 0) {
      request.setDeadlineMs(random.nextInt(100_000) - 10);
    }
    if (random.nextInt(6) == 0) {
      request.putMetadata(TEXTS[random.nextInt(5)], "\u0001".repeat(random.nextInt(1100)));
    }
    return request.setSettle(random.nextBoolean() ? Settle.ALL : Settle.ALL_SETTLED).build();
  }

  private byte[] wrapped(InferenceRequest request, boolean protobuf) {
    byte[] value = protobuf ? request.toByteArray() : json(request).getBytes(UTF_8);
    return switch (random.nextInt(12)) {
      case 0 -> joined(new byte[] {0, 0, 0, 0, 9}, protobuf ? joined(new byte[1], value) : value);
      case 1 -> ("{\"id\":\"e\",\"data\":" + json(request) + "}").getBytes(UTF_8);
      case 2 ->
          ("{\"data_base64\":\"" + Base64.getEncoder().encodeToString(value) + "\"}")
              .getBytes(UTF_8);
      case 3 ->
          random.nextBoolean()
              ? gzip(value)
              : joined(new byte[] {(byte) 0xef, (byte) 0xbb, (byte) 0xbf}, value);
      default -> value;
    };
  }

  private static String json(InferenceRequest request) {
    ObjectNode json = JSON.createObjectNode().put("model_id", request.getModelId());
    ArrayNode inputs = json.putArray("inputs");
    request.getInputsList().forEach(inputs::add);
    for (Conversation conversation : request.getConversationsList()) {
      ArrayNode messages = inputs.addArray();
      conversation
          .getMessagesList()
          .forEach(
              message ->
                  messages
                      .addObject()
                      .put("role", message.getRole())
                      .put("content", message.getContent()));
    }
    if (!request.getRequestId().isEmpty()) {
      json.put("request_id", request.getRequestId());
    }
    if (request.hasParameters()) {
      json.putObject("parameters")
          .put("temperature", request.getTemperature())
          .put("max_new_tokens", request.getParameters().getMaxNewTokens())
          .putArray("stop")
          .add("x");
    }
    if (request.hasDeadlineMs()) {
      json.put("deadline_ms", request.getDeadlineMs());
    }
    ObjectNode metadata = json.putObject("metadata");
    request.getMetadataMap().forEach(metadata::put);
    return json.put("settle", request.getSettle().name().toLowerCase(Locale.ROOT)).toString();
  }

  private byte[] mutated(byte[] value) {
    if (value.length == 0) {
      return new byte[] {(byte) random.nextInt(256)};
    }
    int at = random.nextInt(value.length);
    byte[] changed = value.clone();
    switch (random.nextInt(6)) {
      case 0 -> changed[at] = (byte) random.nextInt(256);
      case 1 -> changed[at] ^= (byte) (1 << random.nextInt(8));
      case 2 -> {
        return Arrays.copyOf(value, at);
      }
      case 3 -> {
        return joined(value, Arrays.copyOfRange(value, at, value.length));
      }
      case 4 -> {
        byte[] nest = "[{\"a\":".repeat(random.nextInt(5_000)).getBytes(UTF_8);
        return joined(
            joined(Arrays.copyOf(value, at), nest), Arrays.copyOfRange(value, at, value.length));
      }
      default -> changed[at] = (byte) PUNCTUATION.charAt(random.nextInt(PUNCTUATION.length()));
    }
    return changed;
  }

  private byte[] key() {
    return switch (random.nextInt(9)) {
      case 0 -> null;
      case 1 -> new byte[0];
      case 2 -> ByteBuffer.allocate(8).putLong(random.nextLong()).array();
      case 3 -> new byte[random.nextInt(2_000)];
      case 4 -> random.nextInt(20) == 0 ? new byte[1 << 20] : bytes(random.nextInt(300));
      default -> ("k-" + random.nextInt(1_000)).getBytes(UTF_8);
    };
  }

  private byte[] headerValue() {
    return switch (random.nextInt(6)) {
      case 0 -> null;
      case 1 -> bytes(random.nextInt(40));
      case 2 -> bytes(random.nextInt(40) == 0 ? 200_000 : 100);
      default -> any(CONTENT_TYPES).getBytes(UTF_8);
    };
  }

  private Long timestamp() {
    long nowMs = System.currentTimeMillis();
    return switch (random.nextInt(12)) {
      case 0 -> nowMs / 1000;
      case 1 -> 0L;
      case 2 -> nowMs - 1_000_000_000L;
      default -> null;
    };
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private String any(List<String> texts) {
    return texts.get(random.nextInt(texts.size()));
  }

  private static byte[] joined(byte[] first, byte[] second) {
    return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
  }

  private static byte[] gzip(byte[] value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
