package org.openautoglm.operators.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.Collection;
import java.util.List;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.CountedMetrics;
import org.openautoglm.operators.Refused;
import org.openautoglm.operators.types.MessageTypeInformation;
import org.openautoglm.schemas.corpus.BadRecord;
import org.openautoglm.schemas.corpus.BadRecords;
import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.request.RequestLimits;
import org.openautoglm.schemas.wire.Coordinates;

class DecodeFunctionTest {
  private static final String VALID = "{\"model_id\":\"m\",\"inputs\":[\"你好\"]}";

  private final CountedMetrics metrics = new CountedMetrics();
  private MockEnvironment environment;
  private OneInputStreamOperatorTestHarness<PromptRecord, Prompt> harness;

  @BeforeEach
  void open() throws Exception {
    environment = new MockEnvironmentBuilder().setMetricGroup(metrics.taskGroup()).build();
    harness =
        new OneInputStreamOperatorTestHarness<>(
            new ProcessOperator<>(new DecodeFunction(RequestLimits.DEFAULT)),
            MessageTypeInformation.ofMessage(PromptRecord.class).createSerializer(null),
            environment);
    harness.open();
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
    environment.close();
  }

  @Test
  void sendsRequestsOnWithTheRecordsTimestampAndTheTimeSpent() throws Exception {
    harness.processElement(record(0, VALID), 1_234);

    assertThat(harness.getOutput()).hasSize(1);
    StreamRecord<?> element = (StreamRecord<?>) harness.getOutput().poll();
    Prompt prompt = (Prompt) element.getValue();
    assertThat(element.getTimestamp()).isEqualTo(1_234);
    assertThat(prompt.getRequest().getRequestId()).isEqualTo("prompts-0-0");
    assertThat(prompt.getDecodeNs()).isPositive();
    assertThat(prompt.getOrigin().getReceivedUs()).isPositive();
    assertThat(harness.getSideOutput(Refused.TAG)).isNull();
  }

  @Test
  void refusesThroughTheSideOutput() throws Exception {
    harness.processElement(record(0, "{"), 1_234);
    harness.processElement(record(1, "{}"), 1_235);

    assertThat(harness.getOutput()).isEmpty();
    List<Refusal> refusals =
        harness.getSideOutput(Refused.TAG).stream().map(StreamRecord::getValue).toList();
    assertThat(refusals.stream().map(refusal -> refusal.getError().getCode()))
        .containsExactly("MALFORMED_RECORD", "INVALID_REQUEST");
    assertThat(refusals.get(0).getDeadLetter()).isEqualTo(record(0, "{"));
  }

  @Test
  void countsEveryRecordOnceWhateverItIs() throws Exception {
    List<BadRecord> bad =
        BadRecords.all().stream()
            .filter(record -> record.decidedBy() == BadRecord.Stage.DECODE)
            .toList();
    long bytes = 0;
    for (BadRecord record : bad) {
      bytes += record.value().map(ByteString::size).orElse(0);
      harness.processElement(record.at(Coordinates.getDefaultInstance()), 0);
      harness.processElement(record(0, VALID), 0);
      bytes += ByteString.copyFromUtf8(VALID).size();
    }

    Collection<StreamRecord<Refusal>> refused = harness.getSideOutput(Refused.TAG);
    assertThat(refused).hasSameSizeAs(bad);
    assertThat(harness.getOutput()).hasSameSizeAs(bad);
    assertThat(count("requestsIn")).isEqualTo(2L * bad.size());
    assertThat(count("requestsOut")).isEqualTo(bad.size());
    assertThat(count("requestsRefused")).isEqualTo(bad.size());
    assertThat(count("bytesIn")).isEqualTo(bytes);
    assertThat(count("code.MALFORMED_RECORD.requestsRefusedByCode"))
        .isEqualTo(count("deadLetters"))
        .isPositive();
    assertThat(count("code.INVALID_REQUEST.requestsRefusedByCode"))
        .isEqualTo(bad.size() - count("deadLetters"))
        .isPositive();
  }

  private long count(String name) {
    return metrics.count("stage.decode." + name);
  }

  private static PromptRecord record(long offset, String value) {
    return PromptRecord.newBuilder()
        .setSource(Coordinates.newBuilder().setTopic("prompts").setOffset(offset))
        .setValue(ByteString.copyFromUtf8(value))
        .build();
  }
}
