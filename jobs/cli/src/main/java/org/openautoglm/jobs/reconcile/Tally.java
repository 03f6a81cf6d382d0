package org.openautoglm.jobs.reconcile;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.openautoglm.jobs.reconcile.Standing.State;
import org.openautoglm.schemas.coordinates.RecordPlace;

/**
 * Counts, for each record of some partitions of prompts, what names it: results, dead letters and
 * audit events. A record that was republished is counted together with those that stand for it. One
 * byte an offset, and some hundred for each republication. Belongs to one thread.
 */
public final class Tally {
  private static final Set<String> OUTCOMES = Set.of("OK", "PARTIAL", "ERROR", "DEAD_LETTER");

  private final Map<String, Map<Integer, PartitionMarks>> topics = new HashMap<>();
  private final Map<RecordPlace, List<RecordPlace>> republications = new HashMap<>();
  private final Map<RecordPlace, RecordPlace> stead = new HashMap<>();

  /** Counts what names records of a partition from an offset on. */
  public void watch(String topic, int partition, long from) {
    topics.computeIfAbsent(topic, key -> new TreeMap<>()).put(partition, new PartitionMarks(from));
  }

  /**
   * There is such a record.
   *
   * @param republishedOf the one that it stands for
   */
  public void prompt(RecordPlace place, Optional<RecordPlace> republishedOf) {
    PartitionMarks marks = marks(place);
    if (marks == null || marks.isPresent(place.offset())) {
      return;
    }
    marks.present(place.offset());
    republishedOf.ifPresent(
        named -> {
          // Where the first is not watched, the first of those that stand for it is counted for it.
          RecordPlace first =
              marks(named) != null ? named : stead.computeIfAbsent(named, key -> place);
          if (!first.equals(place)) {
            marks.republication(place.offset());
            marks(first).republished(first.offset());
            republications.computeIfAbsent(first, key -> new ArrayList<>(1)).add(place);
          }
        });
  }

  /** A result or a dead letter names this record; whether it is one of those watched. */
  public boolean outcome(RecordPlace place) {
    PartitionMarks marks = marks(place);
    if (marks != null) {
      marks.outcome(place.offset());
    }
    return marks != null;
  }

  /**
   * An audit event names this record; whether it is one of those watched.
   *
   * @param outcome what the event says, such as {@code OK}
   */
  public boolean audit(RecordPlace place, String outcome) {
    PartitionMarks marks = marks(place);
    if (marks != null) {
      marks.audit(place.offset());
      if (!OUTCOMES.contains(outcome)) {
        marks.skipped(place.offset());
      }
    }
    return marks != null;
  }

  boolean watches(RecordPlace place) {
    return marks(place) != null;
  }

  /** Whether a result or a dead letter named this record, which is watched. */
  boolean hasOutcome(RecordPlace place) {
    return marks(place).outcomes(place.offset()) > 0;
  }

  /** Behind the last offset of a partition that anything was counted of. */
  long next(String topic, int partition) {
    return topics.get(topic).get(partition).next();
  }

  /** Behind the last record of a partition that has an outcome or an audit event. */
  long behindLastEnded(String topic, int partition) {
    return topics.get(topic).get(partition).behindLastEnded();
  }

  /**
   * Where a record stands; empty where there is none, or where it stands for another.
   *
   * @param readTo the first offset that the job may not yet have read in this partition
   */
  public Optional<Standing> standing(RecordPlace place, long readTo) {
    PartitionMarks marks = marks(place);
    long offset = place.offset();
    if (marks == null || !marks.isPresent(offset) || marks.isRepublication(offset)) {
      return Optional.empty();
    }
    if (!marks.isRepublished(offset)) {
      return Optional.of(
          standing(
              marks.outcomes(offset),
              marks.audits(offset),
              marks.isSkipped(offset),
              offset >= readTo));
    }
    return Optional.of(together(marks, offset, republications.get(place), readTo));
  }

  private static Standing standing(int outcomes, int audits, boolean skipped, boolean notRead) {
    EnumSet<Breach> breaches = EnumSet.noneOf(Breach.class);
    if (outcomes == 0 && audits == 0) {
      if (notRead) {
        return new Standing(State.NOT_READ, breaches, 0, 0, 0);
      }
      breaches.add(Breach.NO_OUTCOME);
    } else if (outcomes == 0 && !skipped) {
      breaches.add(Breach.AUDIT_WITHOUT_OUTCOME);
    } else if (outcomes > 1) {
      breaches.add(Breach.TWO_OUTCOMES);
    }
    if (outcomes > 0 && audits == 0) {
      breaches.add(Breach.OUTCOME_WITHOUT_AUDIT);
    } else if (audits > 1) {
      breaches.add(Breach.TWO_AUDITS);
    }
    return new Standing(
        breaches.isEmpty() ? State.ENDED : State.BROKEN, breaches, outcomes, audits, 0);
  }

  /** A record and those that stand for it: together they must have one outcome. */
  private Standing together(
      PartitionMarks marks, long offset, List<RecordPlace> again, long readTo) {
    int outcomes = marks.outcomes(offset);
    int audits = marks.audits(offset);
    // The audit event of an outcome that is missing is why it was republished.
    int auditsOfOutcomes = outcomes > 0 ? audits : 0;
    boolean skipped = marks.isSkipped(offset);
    boolean notRead = false;
    for (RecordPlace each : again) {
      PartitionMarks other = marks(each);
      int itsOutcomes = other.outcomes(each.offset());
      int itsAudits = other.audits(each.offset());
      outcomes += itsOutcomes;
      audits += itsAudits;
      auditsOfOutcomes += itsOutcomes > 0 ? itsAudits : 0;
      skipped |= other.isSkipped(each.offset());
      // The last one decides; they stand in the partition of the first.
      notRead = each.offset() >= readTo;
    }
    Standing all =
        outcomes == 0
            ? standing(0, notRead && !skipped ? 0 : audits, skipped, notRead)
            : standing(outcomes, auditsOfOutcomes, skipped, notRead);
    return new Standing(all.state(), all.breaches(), outcomes, audits, again.size());
  }

  private PartitionMarks marks(RecordPlace place) {
    Map<Integer, PartitionMarks> partitions = topics.get(place.topic());
    PartitionMarks marks = partitions == null ? null : partitions.get(place.partition());
    return marks == null || place.offset() < marks.from() ? null : marks;
  }
}
