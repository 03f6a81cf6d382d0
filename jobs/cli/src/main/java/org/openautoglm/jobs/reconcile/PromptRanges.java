package org.openautoglm.jobs.reconcile;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;
import org.openautoglm.jobs.reconcile.Standing.State;
import org.openautoglm.schemas.coordinates.RecordPlace;

/** All that is reconciled, by partition. */
record PromptRanges(List<PromptRange> all) {
  PromptRanges {
    all = List.copyOf(all);
  }

  List<TopicPartition> partitions() {
    return all.stream().map(PromptRange::partition).toList();
  }

  /** The first offsets that can be looked at. */
  Map<TopicPartition, Long> starts() {
    return offsets(PromptRange::start);
  }

  /** Behind the last record of each partition. */
  Map<TopicPartition, Long> ends() {
    return offsets(PromptRange::end);
  }

  /** Partitions that have grown. */
  PromptRanges withEnds(Map<TopicPartition, Long> ends) {
    return map(range -> range.withEnd(ends.get(range.partition())));
  }

  /** How far the job has read, where its group says so. */
  PromptRanges withReadTo(Map<TopicPartition, Long> read) {
    return map(range -> range.withReadTo(read.getOrDefault(range.partition(), -1L)));
  }

  PromptRanges map(Function<PromptRange, PromptRange> change) {
    return new PromptRanges(all.stream().map(change).toList());
  }

  /** Records that were read and lack something; with those not read, if so asked. */
  long open(Tally tally, boolean withNotRead) {
    long open = 0;
    for (PromptRange range : all) {
      TopicPartition at = range.partition();
      for (long offset = range.start(); offset < range.to(); offset++) {
        Optional<Standing> standing =
            tally.standing(new RecordPlace(at.topic(), at.partition(), offset), range.readTo());
        if (standing.isPresent()
            && (standing.get().state() == State.NOT_READ ? withNotRead : standing.get().isOpen())) {
          open++;
        }
      }
    }
    return open;
  }

  private Map<TopicPartition, Long> offsets(ToLongFunction<PromptRange> which) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    all.forEach(range -> offsets.put(range.partition(), which.applyAsLong(range)));
    return offsets;
  }
}
