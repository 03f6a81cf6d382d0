package org.openautoglm.jobs.reconcile;

import java.util.List;
import java.util.Map;

/**
 * What reconciling gave.
 *
 * @param partitions of the prompts topics
 * @param breaches how many records there are of each kind; at least once, duplicates too
 * @param broken records that break the law
 * @param republished records published again by this run
 * @param notes what else a reader must know, for people
 */
public record Summary(
    List<OfPartition> partitions,
    Map<Breach, Long> breaches,
    long broken,
    long republished,
    List<String> notes) {

  public Summary {
    partitions = List.copyOf(partitions);
    breaches = Map.copyOf(breaches);
    notes = List.copyOf(notes);
  }

  /**
   * One partition of a prompts topic.
   *
   * @param from the first offset looked at
   * @param to behind the last one
   * @param records how many records there are
   * @param ended records with one outcome and one audit event
   * @param notRead records that the job has not read yet
   * @param broken records that break the law
   * @param notCheckable records whose outcomes may have been deleted
   * @param deleted offsets that were asked for and are deleted
   */
  public record OfPartition(
      String topic,
      int partition,
      long from,
      long to,
      long records,
      long ended,
      long notRead,
      long broken,
      long notCheckable,
      long deleted) {}

  /** Whether every record that was read has its one outcome, as far as it can be checked. */
  public boolean holds() {
    return broken == 0;
  }

  /** Records of all partitions. */
  public long records() {
    return partitions.stream().mapToLong(OfPartition::records).sum();
  }

  /** Records with one outcome and one audit event. */
  public long ended() {
    return partitions.stream().mapToLong(OfPartition::ended).sum();
  }

  /** Records that the job has not read yet. */
  public long notRead() {
    return partitions.stream().mapToLong(OfPartition::notRead).sum();
  }
}
