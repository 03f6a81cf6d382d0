package org.openautoglm.jobs.kafka.transactions;

import java.util.Optional;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;

/**
 * What became of a transaction that cannot be committed, as far as its coordinator still knows.
 *
 * <p>A transaction is one use of a transactional id, by one producer id and epoch. Its end leaves
 * the epoch as it was, or raises it by one: a commit by the writer's own producer, and the broker's
 * abort after the timeout, both do. Whoever takes the id next raises it again. So {@code
 * CompleteCommit} or {@code CompleteAbort} at the same epoch or the next is this transaction's own
 * end, which is proof; beyond that the id has been used again.
 */
enum TransactionFate {
  /** It is committed; a commit was merely repeated, as after each failure of a job. */
  COMMITTED,
  /** It is aborted: after its timeout, or by somebody. What it held is lost. */
  ABORTED,
  /** It is still open, so its commit may be tried again. */
  OPEN,
  /**
   * Its id has been used again. This job's writers do that after a commit only, so it was committed
   * unless another job uses the same ids.
   */
  USED_AGAIN,
  /** The brokers do not know it: it ended long ago, or these are other brokers. */
  UNKNOWN;

  /** From this epoch on a producer may be given a new id, with epochs from 0. */
  private static final int LAST_EPOCHS = Short.MAX_VALUE - 8;

  /**
   * Judges a transaction by its id's state.
   *
   * @param now what the coordinator says of the id; empty: it does not know it
   * @param producerId the transaction's own
   * @param epoch the transaction's own
   */
  static TransactionFate of(Optional<TransactionDescription> now, long producerId, short epoch) {
    if (now.isEmpty()) {
      return UNKNOWN;
    }
    TransactionDescription id = now.get();
    if (id.producerId() != producerId) {
      return epoch >= LAST_EPOCHS ? USED_AGAIN : UNKNOWN;
    }
    boolean ownEnd = id.producerEpoch() <= epoch + 1;
    if (id.state() == TransactionState.ONGOING && id.producerEpoch() == epoch) {
      return OPEN;
    }
    if (!ownEnd) {
      return USED_AGAIN;
    }
    return switch (id.state()) {
      case COMPLETE_COMMIT, PREPARE_COMMIT -> COMMITTED;
      case COMPLETE_ABORT, PREPARE_ABORT, PREPARE_EPOCH_FENCE -> ABORTED;
      default -> USED_AGAIN;
    };
  }
}
