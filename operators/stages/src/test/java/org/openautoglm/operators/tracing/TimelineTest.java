package org.openautoglm.operators.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.tracing.Timeline.Stage;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.flow.RowOutcome;
import org.openautoglm.schemas.wire.Coordinates;
import org.openautoglm.schemas.wire.RowAudit;

class TimelineTest {
  private static final long RECEIVED_US = 1_000_000_000;

  private static Origin origin(long publishedMs) {
    return Origin.newBuilder()
        .setSource(Coordinates.newBuilder().setTimestampMs(publishedMs))
        .setReceivedUs(RECEIVED_US)
        .build();
  }

  private static RowOutcome row(long windowUs, long inferenceUs) {
    return RowOutcome.newBuilder()
        .setRun(RowAudit.newBuilder().setDevice("cpu"))
        .setWindowUs(windowUs)
        .setInferenceUs(inferenceUs)
        .build();
  }

  private static AnsweredPrompt answered(long publishedMs, RowOutcome... rows) {
    return AnsweredPrompt.newBuilder()
        .setPrompt(
            PreparedPrompt.newBuilder()
                .setOrigin(origin(publishedMs))
                .setDecodeNs(1_000_000)
                .setAdmitNs(2_000_000)
                .setPrepareNs(3_000_000))
        .addAllOutcomes(List.of(rows))
        .build();
  }

  @Test
  void putsTheStagesOneAfterTheOther() {
    RowOutcome longest = row(4_000, 20_000);
    Timeline timeline =
        Timeline.of(
            answered(999_990, row(9_000, 5_000), longest),
            RECEIVED_US + 40_000,
            RECEIVED_US + 40_500);
    assertThat(timeline.stages())
        .containsExactly(
            new Stage("queue", 999_990_000, RECEIVED_US),
            new Stage("decode", RECEIVED_US, RECEIVED_US + 1_000),
            new Stage("admit", RECEIVED_US + 1_000, RECEIVED_US + 3_000),
            new Stage("prepare", RECEIVED_US + 3_000, RECEIVED_US + 6_000),
            new Stage("window", RECEIVED_US + 16_000, RECEIVED_US + 20_000),
            new Stage("inference", RECEIVED_US + 20_000, RECEIVED_US + 40_000),
            new Stage("settle", RECEIVED_US + 40_000, RECEIVED_US + 40_500));
    assertThat(timeline.longest()).isSameAs(longest);
    assertThat(timeline.startUs()).isEqualTo(999_990_000);
    assertThat(timeline.endUs()).isEqualTo(RECEIVED_US + 40_500);
  }

  @Test
  void neverRunsBackwardsWhereClocksDisagree() {
    // Published after it was read, settled before it was prepared, run for longer than it was here.
    Timeline timeline =
        Timeline.of(answered(2_000_000, row(500_000, 500_000)), RECEIVED_US, RECEIVED_US - 7);
    long at = timeline.startUs();
    for (Stage stage : timeline.stages()) {
      assertThat(stage.startUs()).as(stage.name()).isGreaterThanOrEqualTo(at);
      assertThat(stage.endUs()).as(stage.name()).isGreaterThanOrEqualTo(stage.startUs());
      at = stage.endUs();
    }
    assertThat(timeline.endUs()).isEqualTo(at);
  }

  @Test
  void aRefusedRequestHasTheStagesThatItCameThrough() {
    Refusal early = Refusal.newBuilder().setOrigin(origin(-1)).setDecodeNs(1_000_000).build();
    assertThat(Timeline.of(early, RECEIVED_US + 5_000, RECEIVED_US + 6_000).stages())
        .extracting(Stage::name)
        .containsExactly("queue", "decode", "settle");
    Refusal late = early.toBuilder().setAdmitNs(1).build();
    assertThat(Timeline.of(late, RECEIVED_US + 5_000, RECEIVED_US + 6_000).stages())
        .extracting(Stage::name)
        .containsExactly("queue", "decode", "admit", "settle");
  }
}
