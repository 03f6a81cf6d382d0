package org.openautoglm.operators.settlement;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.flow.OutputRecord.Destination;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.flow.Refusal;

class DeadLettersTest {
  private static final int LIMIT = 1_000_000;

  private final DeadLetters deadLetters = new DeadLetters(LIMIT);

  @Test
  void keepsTheRecordAndSaysWhy() {
    ByteString value = ByteString.copyFrom(new byte[] {(byte) 0xff, 0, 1});
    OutputRecord letter =
        deadLetters.of(
            refusal(
                PromptRecord.newBuilder()
                    .setKey(ByteString.copyFromUtf8("键"))
                    .setValue(value)
                    .addHeaders(Header.newBuilder().setKey("mine"))));
    assertThat(letter.destination()).isEqualTo(Destination.DEAD_LETTERS);
    assertThat(letter.key()).isEqualTo("键".getBytes(UTF_8));
    assertThat(letter.value()).isEqualTo(value.toByteArray());
    assertThat(headers(letter))
        .containsEntry("mine", "")
        .containsEntry("autoglm-error-code", "MALFORMED_RECORD")
        .containsEntry("autoglm-error-message", "不是 JSON")
        .containsEntry("autoglm-source-topic", "prompts")
        .containsEntry("autoglm-source-partition", "2")
        .containsEntry("autoglm-source-offset", "17")
        .doesNotContainKey("autoglm-dead-letter-cut");
  }

  @Test
  void aTombstoneStaysOne() {
    OutputRecord letter = deadLetters.of(refusal(PromptRecord.newBuilder()));
    assertThat(letter.key()).isNull();
    assertThat(letter.value()).isNull();
  }

  @Test
  void staysWithinTheLimitWhateverCame() {
    ByteString huge = ByteString.copyFrom(new byte[3 * LIMIT]);
    OutputRecord letter =
        deadLetters.of(
            refusal(
                PromptRecord.newBuilder()
                    .setKey(huge)
                    .setValue(huge)
                    .addHeaders(Header.newBuilder().setKey("h").setValue(huge))));
    int headerBytes = letter.headers().stream().mapToInt(Header::getSerializedSize).sum();
    assertThat(letter.key().length + letter.value().length + headerBytes).isLessThan(LIMIT + 2_000);
    assertThat(headers(letter).get("autoglm-dead-letter-cut"))
        .contains("key of 3000000 bytes", "value of 3000000 bytes", "headers of 30000");
  }

  private static Refusal refusal(PromptRecord.Builder record) {
    Refusal.Builder refusal =
        Refusal.newBuilder()
            .setError(FailureCode.MALFORMED_RECORD.error("不是 JSON"))
            .setDeadLetter(record);
    refusal.getOriginBuilder().getSourceBuilder().setTopic("prompts").setPartition(2).setOffset(17);
    return refusal.build();
  }

  private static Map<String, String> headers(OutputRecord record) {
    return record.headers().stream()
        .collect(Collectors.toMap(Header::getKey, h -> h.getValue().toStringUtf8()));
  }
}
