package org.openautoglm.jobs.processes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.operators.testing.TestModels;

/**
 * An endless, repeatable mix: the i-th prompt is always the same. Of twenty, nine are embedded,
 * eight generate a short text and one a long one, one is refused and one is no request at all.
 */
final class Prompts {
  static final String EMBEDDER = "embedder";
  static final String WRITER = "writer";
  static final String NOVELIST = "novelist";

  /** So many different texts, so that answers to the same one can be compared. */
  static final int TEXTS = 40;

  /** What must become of a prompt. */
  enum Kind {
    EMBEDDED,
    WRITTEN,
    LONG_WRITTEN,
    REFUSED,
    DEAD_LETTER
  }

  private Prompts() {}

  static Kind kind(int i) {
    return switch (i % 20) {
      case 7 -> Kind.REFUSED;
      case 13 -> Kind.DEAD_LETTER;
      case 17 -> Kind.LONG_WRITTEN;
      default -> i % 2 == 0 ? Kind.EMBEDDED : Kind.WRITTEN;
    };
  }

  /** Whether it is the id of one of these. */
  static boolean isId(String id) {
    return id.matches("c-[0-9]+");
  }

  /** Prompts with the same text must have the same answer. */
  static int text(int i) {
    return i / 2 % TEXTS;
  }

  static ProducerRecord<byte[], byte[]> record(String topic, int i) {
    String value =
        switch (kind(i)) {
          case EMBEDDED ->
              request(i, EMBEDDER, "文本 " + "向量检索 ".repeat(1 + text(i) % 7) + text(i), "");
          case WRITTEN ->
              request(
                  i,
                  WRITER,
                  "w%d w%d w%d".formatted(1 + text(i), 1 + text(i) * 7 % 90, 1 + text(i) * 3 % 90),
                  ",\"parameters\":{\"max_new_tokens\":%d}".formatted(8 + text(i) % 24));
          case LONG_WRITTEN ->
              request(
                  i,
                  NOVELIST,
                  "w%d w%d".formatted(1 + text(i), 1 + text(i) * 7 % 90),
                  ",\"parameters\":{\"max_new_tokens\":%d}".formatted(100 + text(i) % 100));
          case REFUSED -> request(i, "nobody", "hello", "");
          case DEAD_LETTER -> "{\"request_id\":\"c-" + i + "\",\"inputs\":[\"cut";
        };
    return new ProducerRecord<>(topic, ("c-" + i).getBytes(UTF_8), value.getBytes(UTF_8));
  }

  /** A job that does the embedded ones, in two shards. */
  static JobConfiguration embeddingJob(BrokerProcess broker, String device, int parallelism)
      throws ConfigurationException {
    return ConfigurationFile.parse(
        """
        kafka: {bootstrap_servers: '%s'}
        checkpoint_interval: 500ms
        parallelism: %d
        models:
          - {model_name: %s, task_type: embedding, path: '%s', device: %s, shards: 2}
        """
            .formatted(
                broker.bootstrapServers(), parallelism, EMBEDDER, TestModels.bgeSmallZh(), device),
        Map.of());
  }

  private static String request(int i, String model, String text, String more) {
    return "{\"request_id\":\"c-%d\",\"model_id\":\"%s\",\"inputs\":[\"%s\"]%s}"
        .formatted(i, model, text, more);
  }
}
