package org.openautoglm.jobs.law;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.openautoglm.schemas.wire.InferenceRequest;

/**
 * An endless, repeatable mix of prompt records: the i-th is always the same, with a known outcome.
 * One in ten is broken in some way; requests have one to three inputs of very different lengths.
 */
final class PromptCorpus {
  static final String MODEL = "fingerprint";

  /** Whom the good ones ask, one after the other. */
  static final List<String> MODELS = List.of(MODEL, "fingerprint-2", "fingerprint-3");

  /** What must become of a record. */
  enum Expected {
    OK,
    PARTIAL,
    ERROR,
    DEAD_LETTER
  }

  /**
   * One record.
   *
   * @param requestId as the result will name it; unused for dead letters
   * @param inputs what the model reads, in order
   */
  record Entry(
      String requestId,
      List<String> inputs,
      Expected expected,
      ByteString value,
      String contentType) {

    ProducerRecord<byte[], byte[]> toRecord(String topic, int partition) {
      ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(topic, partition, null, value.toByteArray());
      if (contentType != null) {
        record.headers().add("content-type", contentType.getBytes(StandardCharsets.UTF_8));
      }
      return record;
    }
  }

  private PromptCorpus() {}

  static Entry entry(int i) {
    String id = "p-" + i;
    return switch (i % 40) {
      case 3 -> deadLetter(i, noise(i), null);
      case 13 -> deadLetter(i, utf8("{\"request_id\":\"" + id + "\",\"inputs\":[\"cut"), null);
      case 23 -> deadLetter(i, json(id, MODEL, List.of("fine"), ""), "text/csv");
      case 33 -> refused(id, json(id, "nobody", List.of("hello"), ""));
      case 34 -> refused(id, json(id, MODEL, List.of("hello"), ",\"promt\":1"));
      case 35 -> {
        List<String> inputs = List.of("好的 " + i, FingerprintModel.POISON + i, "fine " + i);
        yield new Entry(
            id,
            inputs,
            Expected.PARTIAL,
            json(id, model(i), inputs, ",\"settle\":\"all_settled\""),
            null);
      }
      case 36 -> {
        InferenceRequest request =
            InferenceRequest.newBuilder()
                .setRequestId(id)
                .setModelId(model(i))
                .addAllInputs(inputs(i))
                .build();
        yield new Entry(
            id, inputs(i), Expected.OK, request.toByteString(), "application/x-protobuf");
      }
      default -> new Entry(id, inputs(i), Expected.OK, json(id, model(i), inputs(i), ""), null);
    };
  }

  private static String model(int i) {
    return MODELS.get(i % MODELS.size());
  }

  private static Entry deadLetter(int i, ByteString value, String contentType) {
    return new Entry("p-" + i, List.of(), Expected.DEAD_LETTER, value, contentType);
  }

  private static Entry refused(String id, ByteString value) {
    return new Entry(id, List.of(), Expected.ERROR, value, null);
  }

  private static List<String> inputs(int i) {
    Random random = new Random(i);
    List<String> inputs = new ArrayList<>();
    int count = random.nextInt(8) == 0 ? 3 : 1;
    for (int k = 0; k < count; k++) {
      inputs.add("提示 " + i + "." + k + " 😀".repeat(random.nextInt(30)));
    }
    return inputs;
  }

  private static ByteString noise(int i) {
    byte[] bytes = new byte[1 + i % 200];
    new Random(i).nextBytes(bytes);
    bytes[0] = (byte) 0xfe; // Never JSON, whatever follows.
    return ByteString.copyFrom(bytes);
  }

  private static ByteString json(String id, String model, List<String> inputs, String more) {
    return utf8(
        "{\"request_id\":\"%s\",\"model_id\":\"%s\",\"inputs\":[\"%s\"]%s}"
            .formatted(id, model, String.join("\",\"", inputs), more));
  }

  private static ByteString utf8(String text) {
    return ByteString.copyFromUtf8(text);
  }
}
