package org.openautoglm.jobs.kafka.transactions;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The states as a broker with transactions of version 2 was seen to leave them. */
class TransactionFateTest {
  private static final long PRODUCER = 17;
  private static final short EPOCH = 5;

  @ParameterizedTest
  @CsvSource({
    "ONGOING, 5, OPEN",
    // Committed by a restored job's producer, and by the writer's own.
    "COMPLETE_COMMIT, 5, COMMITTED",
    "COMPLETE_COMMIT, 6, COMMITTED",
    "PREPARE_COMMIT, 6, COMMITTED",
    // Aborted by `transactions abort`, and by the broker after the timeout.
    "COMPLETE_ABORT, 5, ABORTED",
    "COMPLETE_ABORT, 6, ABORTED",
    "PREPARE_ABORT, 6, ABORTED",
    "PREPARE_EPOCH_FENCE, 6, ABORTED",
    // The id was taken again: by a writer that has written nothing, something, has ended it.
    "EMPTY, 6, USED_AGAIN",
    "EMPTY, 7, USED_AGAIN",
    "ONGOING, 6, USED_AGAIN",
    "ONGOING, 7, USED_AGAIN",
    "COMPLETE_ABORT, 7, USED_AGAIN",
    "COMPLETE_COMMIT, 9, USED_AGAIN",
  })
  void isToldByTheIdsStateAndEpoch(TransactionState state, int epoch, TransactionFate fate) {
    assertThat(TransactionFate.of(id(state, PRODUCER, epoch), PRODUCER, EPOCH)).isEqualTo(fate);
  }

  @Test
  void isUnknownWhereTheIdOrItsProducerIs() {
    assertThat(TransactionFate.of(Optional.empty(), PRODUCER, EPOCH))
        .isEqualTo(TransactionFate.UNKNOWN);
    assertThat(TransactionFate.of(id(TransactionState.COMPLETE_COMMIT, 18, 6), PRODUCER, EPOCH))
        .isEqualTo(TransactionFate.UNKNOWN);
  }

  @Test
  void anIdThatRanOutOfEpochsIsUsedAgainByAnotherProducer() {
    assertThat(
            TransactionFate.of(
                id(TransactionState.COMPLETE_COMMIT, 18, 0),
                PRODUCER,
                (short) (Short.MAX_VALUE - 1)))
        .isEqualTo(TransactionFate.USED_AGAIN);
  }

  private static Optional<TransactionDescription> id(
      TransactionState state, long producer, int epoch) {
    return Optional.of(
        new TransactionDescription(
            1, state, producer, epoch, 60_000, OptionalLong.empty(), Set.of()));
  }
}
