package org.openautoglm.jobs.reconcile;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * What shall be reconciled.
 *
 * @param clients how Kafka is reached
 * @param prompts the topics that the job reads
 * @param results where it answers
 * @param audit where it says what became of each prompt
 * @param deadLetters where it puts what it could not read
 * @param groupId the consumer group whose offsets tell how far the job has read
 * @param transactionalIdPrefix begins the names of its transactions
 * @param from the first record of each partition
 * @param to behind the last one
 * @param partitions only these; empty for all
 * @param patience how long to look again for outcomes that are missing
 * @param duplicatesAllowed whether the job delivers at least once
 */
public record ReconcileRequest(
    ReconcileClients clients,
    List<String> prompts,
    String results,
    String audit,
    String deadLetters,
    String groupId,
    String transactionalIdPrefix,
    Bound from,
    Bound to,
    Set<Integer> partitions,
    Duration patience,
    boolean duplicatesAllowed) {

  public ReconcileRequest {
    prompts = List.copyOf(prompts);
    partitions = Set.copyOf(partitions);
  }

  /** The topics that the job writes. */
  List<String> outputs() {
    return List.of(results, audit, deadLetters);
  }
}
