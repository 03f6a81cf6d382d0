package org.openautoglm.jobs.reconcile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * Since when the output topics are whole: what was written before may have been deleted, so that
 * nothing can be said of prompts that are older.
 *
 * @param outcomesFromMs results and dead letters, milliseconds since the epoch
 * @param auditsFromMs audit events
 * @param notes what is not whole, for people
 */
record Completeness(long outcomesFromMs, long auditsFromMs, List<String> notes) {
  private static final long ALWAYS = Long.MIN_VALUE;
  private static final long NEVER = Long.MAX_VALUE;

  static Completeness of(TopicReader reader, BrokerView brokers, ReconcileRequest request)
      throws IOException {
    List<String> notes = new ArrayList<>();
    long outcomes =
        Math.max(
            wholeFrom(request.results(), reader, brokers, notes),
            wholeFrom(request.deadLetters(), reader, brokers, notes));
    return new Completeness(outcomes, wholeFrom(request.audit(), reader, brokers, notes), notes);
  }

  /** Whether a breach is certain for a prompt of this time. */
  boolean proves(Set<Breach> breaches, long timestampMs) {
    return breaches.stream()
        .anyMatch(
            breach ->
                switch (breach) {
                  // Either of them would tell.
                  case NO_OUTCOME -> timestampMs >= Math.min(outcomesFromMs, auditsFromMs);
                  case AUDIT_WITHOUT_OUTCOME -> timestampMs >= outcomesFromMs;
                  case OUTCOME_WITHOUT_AUDIT -> timestampMs >= auditsFromMs;
                  case TWO_OUTCOMES, TWO_AUDITS -> true;
                });
  }

  private static long wholeFrom(
      String topic, TopicReader reader, BrokerView brokers, List<String> notes) throws IOException {
    if (brokers.isCompacted(topic)) {
      notes.add(topic + " is compacted: what is missing there may have been deleted");
      return NEVER;
    }
    List<TopicPartition> partitions = reader.partitions(List.of(topic));
    Map<TopicPartition, Long> beginnings = reader.beginnings(partitions);
    Map<TopicPartition, Long> ends = reader.ends(partitions);
    long wholeFromMs = ALWAYS;
    for (TopicPartition each : partitions) {
      if (beginnings.get(each) > 0) {
        long firstMs =
            reader.firstTimestamp(each, beginnings.get(each), ends.get(each)).orElse(NEVER);
        notes.add(
            "%s-%d has lost what was before offset %d to its retention"
                .formatted(topic, each.partition(), beginnings.get(each)));
        wholeFromMs = Math.max(wholeFromMs, firstMs);
      }
    }
    return wholeFromMs;
  }
}
