package org.openautoglm.jobs.kafka.transactions;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.flink.connector.kafka.sink.KafkaWriterState;
import org.apache.flink.connector.kafka.sink.internal.CheckpointTransaction;
import org.apache.flink.connector.kafka.sink.internal.TransactionOwnership;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open transactions of earlier runs that a starting writer must end, or readers of what is
 * committed would wait for them until they time out. Each id belongs to one subtask, told by the
 * restored states as the connector tells it; those that a checkpoint is about to commit are left
 * alone.
 *
 * @param ids the sink's
 * @param ownedSubtasks the subtasks of earlier runs whose ids this writer answers for
 * @param subtasks how many there are in all; those of higher numbers are shared out by remainder
 * @param precommitted the ids that the restored checkpoint commits
 */
record LeftoverTransactions(
    OwnIds ids, Set<Integer> ownedSubtasks, int subtasks, Set<String> precommitted) {
  private static final Logger LOG = LoggerFactory.getLogger(LeftoverTransactions.class);

  /** Those of a writer. */
  static LeftoverTransactions of(
      String prefix, int subtask, int parallelism, Collection<KafkaWriterState> restored) {
    Set<String> prefixes = new HashSet<>(Set.of(prefix));
    Set<String> precommitted = new HashSet<>();
    for (KafkaWriterState state : restored) {
      prefixes.add(state.getTransactionalIdPrefix());
      state.getPrecommittedTransactionalIds().stream()
          .map(CheckpointTransaction::getTransactionalId)
          .forEach(precommitted::add);
    }
    TransactionOwnership ownership = TransactionOwnership.EXPLICIT_BY_WRITER_STATE;
    return new LeftoverTransactions(
        new OwnIds(prefixes),
        Arrays.stream(ownership.getOwnedSubtaskIds(subtask, parallelism, restored))
            .boxed()
            .collect(Collectors.toSet()),
        ownership.getTotalNumberOfOwnedSubtasks(subtask, parallelism, restored),
        precommitted);
  }

  /** Whether an open transaction of this id is this writer's to end. */
  boolean has(String id) {
    OptionalInt subtask = ids.subtask(id);
    return subtask.isPresent()
        && ownedSubtasks.contains(subtask.getAsInt() % subtasks)
        && !precommitted.contains(id);
  }

  /**
   * Ends them.
   *
   * @throws IOException when the brokers do not answer, or refuse
   */
  void abort(Properties client) throws IOException, InterruptedException {
    try (CoordinatorView coordinators = new CoordinatorView(client)) {
      List<String> left = coordinators.open(ids).stream().filter(this::has).toList();
      if (!left.isEmpty()) {
        LOG.warn("Aborting the transactions that an earlier run left open: {}", left);
        coordinators.fence(left);
      }
    } catch (ExecutionException e) {
      throw new IOException(
          "the transactions that an earlier run left open cannot be found and aborted; the"
              + " transactional ids "
              + ids.prefixes()
              + "* need Describe and Write: "
              + e.getCause().getMessage(),
          e);
    }
  }
}
