package org.openautoglm.jobs.kafka.transactions;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.connector.kafka.sink.KafkaWriterState;
import org.apache.flink.connector.kafka.sink.internal.CheckpointTransaction;
import org.apache.flink.connector.kafka.sink.internal.TransactionOwnership;
import org.junit.jupiter.api.Test;

class LeftoverTransactionsTest {
  private static final String PREFIX = "job-answers";

  @Test
  void aJobThatBeginsAnewEndsWhatAnyNumberOfSubtasksLeft() {
    LeftoverTransactions first = LeftoverTransactions.of(PREFIX, 0, 2, List.of());
    LeftoverTransactions second = LeftoverTransactions.of(PREFIX, 1, 2, List.of());
    for (int subtask = 0; subtask < 9; subtask++) {
      String id = PREFIX + "-" + subtask + "-4";
      assertThat(Stream.of(first, second).filter(left -> left.has(id))).as(id).hasSize(1);
    }
  }

  @Test
  void whatTheRestoredCheckpointCommitsIsLeftAlone() {
    LeftoverTransactions left =
        LeftoverTransactions.of(
            PREFIX, 0, 1, List.of(state(PREFIX, 0, 2, "0-1"), state(PREFIX, 1, 2)));
    assertThat(left.has(PREFIX + "-0-0")).isTrue();
    assertThat(left.has(PREFIX + "-0-1")).isFalse();
    assertThat(left.has(PREFIX + "-1-0")).isTrue();
    assertThat(left.has(PREFIX + "-3-0")).isTrue();
  }

  @Test
  void anEarlierPrefixIsOursToo() {
    LeftoverTransactions left =
        LeftoverTransactions.of(PREFIX, 0, 1, List.of(state("before-answers", 0, 1)));
    assertThat(left.has("before-answers-0-3")).isTrue();
    assertThat(left.has(PREFIX + "-0-3")).isTrue();
    assertThat(left.has(PREFIX + "-foo")).isFalse();
  }

  private static KafkaWriterState state(
      String prefix, int subtask, int subtasks, String... precommitted) {
    return new KafkaWriterState(
        prefix,
        subtask,
        subtasks,
        TransactionOwnership.EXPLICIT_BY_WRITER_STATE,
        Stream.of(precommitted)
            .map(slot -> new CheckpointTransaction(prefix + "-" + slot, 7))
            .toList());
  }
}
