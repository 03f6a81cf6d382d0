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

  @Test
  void keepsTheRecordAndSaysWhy() {
    ByteString value = ByteString.copyFrom(new byte[] {(byte) 0xff, 0, 1});
    OutputRecord letter =
        letter(
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
    OutputRecord letter = letter(refusal(PromptRecord.newBuilder()));
    assertThat(letter.key()).isNull();
    assertThat(letter.value()).isNull();
  }

  @Test
  void aRecordThatFitsIsWholeHoweverItsPartsShareTheRoom() {
    ByteString most = ByteString.copyFrom(new byte[LIMIT - 1_000]);
    OutputRecord key = letter(refusal(PromptRecord.newBuilder().setKey(most)));
    assertThat(key.key()).hasSize(LIMIT - 1_000);
    assertThat(headers(key)).doesNotContainKey("autoglm-dead-letter-cut");
    OutputRecord value = letter(refusal(PromptRecord.newBuilder().setValue(most)));
    assertThat(value.value()).hasSize(LIMIT - 1_000);
  }

  @Test
  void staysWithinTheLimitWhateverCame() {
    ByteString huge = ByteString.copyFrom(new byte[3 * LIMIT]);
    OutputRecord letter =
        letter(
            refusal(
                PromptRecord.newBuilder()
                    .setKey(huge)
                    .setValue(huge)
                    .addHeaders(Header.newBuilder().setKey("h").setValue(huge))));
    assertThat(RecordSize.of(letter)).isBetween(LIMIT - 1_000L, (long) LIMIT);
    assertThat(letter.value().length).isGreaterThan(LIMIT / 2);
    assertThat(headers(letter).get("autoglm-dead-letter-cut"))
        .contains("key of 3000000 bytes", "value of 3000000 bytes", "headers of 30000")
        .hasSizeLessThan(230);
  }

  @Test
  void keepsHeadersAndKeyWhereTheValueIsWhatIsTooLarge() {
    OutputRecord letter =
        letter(
            refusal(
                PromptRecord.newBuilder()
                    .setKey(ByteString.copyFrom(new byte[LIMIT / 5]))
                    .setValue(ByteString.copyFrom(new byte[LIMIT]))
                    .addHeaders(
                        Header.newBuilder()
                            .setKey("h")
                            .setValue(ByteString.copyFrom(new byte[LIMIT / 5])))));
    assertThat(RecordSize.of(letter)).isBetween(LIMIT - 1_000L, (long) LIMIT);
    assertThat(letter.key()).hasSize(LIMIT / 5);
    assertThat(headers(letter).get("h")).hasSize(LIMIT / 5);
    assertThat(headers(letter).get("autoglm-dead-letter-cut")).startsWith("value of 1000000 bytes");
  }

  @Test
  void aTopicThatNeedsKeysGetsOneThatSaysSo() {
    OutputRecord letter = DeadLetters.within(LIMIT, true, refusal(PromptRecord.newBuilder()));
    assertThat(letter.key()).isEqualTo("prompts-2-17".getBytes(UTF_8));
    assertThat(headers(letter)).containsKey("autoglm-dead-letter-key");
    OutputRecord keyed =
        DeadLetters.within(
            LIMIT, true, refusal(PromptRecord.newBuilder().setKey(ByteString.copyFromUtf8("k"))));
    assertThat(keyed.key()).isEqualTo("k".getBytes(UTF_8));
    assertThat(headers(keyed)).doesNotContainKey("autoglm-dead-letter-key");
  }

  private static OutputRecord letter(Refusal refusal) {
    return DeadLetters.within(LIMIT, false, refusal);
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
