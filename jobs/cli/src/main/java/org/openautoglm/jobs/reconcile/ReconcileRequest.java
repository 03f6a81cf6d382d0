package org.openautoglm.jobs.reconcile;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What shall be reconciled.
 *
 * @param clients how Kafka is reached
 * @param prompts what the job reads
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
    Prompts prompts,
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
    partitions = Set.copyOf(partitions);
  }

  /**
   * The prompts topics.
   *
   * @param topics by name; empty where a pattern says it
   * @param pattern that whole names match
   */
  public record Prompts(List<String> topics, Optional<Pattern> pattern) {
    public Prompts {
      topics = List.copyOf(topics);
    }

    /** Named ones. */
    public static Prompts of(List<String> topics) {
      return new Prompts(topics, Optional.empty());
    }
  }

  /** The topics that the job writes. */
  List<String> outputs() {
    return List.of(results, audit, deadLetters);
  }
}
