package org.openautoglm.jobs.reconcile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/** Finds the offsets of what was asked for. */
final class RangeFinder {
  private final TopicReader reader;
  private final ReconcileRequest request;

  RangeFinder(TopicReader reader, ReconcileRequest request) {
    this.reader = reader;
    this.request = request;
  }

  List<PromptRange> find() throws IOException {
    List<TopicPartition> partitions = new ArrayList<>(reader.promptPartitions(request.prompts()));
    if (!request.partitions().isEmpty()) {
      partitions.removeIf(each -> !request.partitions().contains(each.partition()));
      if (partitions.isEmpty()) {
        throw new IOException(
            "no topic of %s has a partition of %s"
                .formatted(request.prompts().topics(), request.partitions()));
      }
    }
    Map<TopicPartition, Long> beginnings = reader.beginnings(partitions);
    Map<TopicPartition, Long> ends = reader.ends(partitions);
    Map<TopicPartition, Long> from = at(request.from(), beginnings, ends);
    Map<TopicPartition, Long> to = at(request.to(), ends, ends);
    return partitions.stream()
        .sorted(
            Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition))
        .map(
            each -> range(each, beginnings.get(each), from.get(each), to.get(each), ends.get(each)))
        .toList();
  }

  private static PromptRange range(
      TopicPartition partition, long beginning, long from, long to, long end) {
    long first = Math.min(from, end);
    return new PromptRange(
        partition, beginning, first, Math.max(first, Math.min(to, end)), end, -1);
  }

  private Map<TopicPartition, Long> at(
      Bound bound, Map<TopicPartition, Long> edge, Map<TopicPartition, Long> ends) {
    if (bound instanceof Bound.AtTime time) {
      return reader.atTime(ends, time.epochMs());
    }
    if (bound instanceof Bound.AtOffset at) {
      return ends.keySet().stream().collect(Collectors.toMap(each -> each, each -> at.offset()));
    }
    return edge;
  }
}
