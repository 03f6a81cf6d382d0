package org.openautoglm.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class RecordLineTest {
  private static final String REQUEST = "{\"model_id\":\"m\",\"inputs\":[\"好\"]}";

  @Test
  void aResultIsPrintedAsItIs() {
    assertThat(RecordLine.of(record())).isEqualTo(REQUEST);
  }

  @Test
  void aDeadLetterSaysWhyItIsOneEvenWhereItHoldsJson() {
    ConsumerRecord<byte[], byte[]> letter = record();
    letter.headers().add("autoglm-error-code", "MALFORMED_RECORD".getBytes(UTF_8));
    letter.headers().add("autoglm-error-message", "the content type is …".getBytes(UTF_8));
    assertThat(RecordLine.of(letter))
        .contains("\"autoglm-error-message\":\"the content type is …\"")
        .contains("\\\"inputs\\\":[\\\"好\\\"]");
  }

  private static ConsumerRecord<byte[], byte[]> record() {
    return new ConsumerRecord<>("t", 0, 0, "r".getBytes(UTF_8), REQUEST.getBytes(UTF_8));
  }
}
