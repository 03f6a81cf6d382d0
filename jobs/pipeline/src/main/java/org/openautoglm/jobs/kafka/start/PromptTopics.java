package org.openautoglm.jobs.kafka.start;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * What the brokers say of the topics that are read.
 *
 * @param ids each topic's id, by its name; without those that are not there
 * @param committed where the job's group has read to, of partitions of these topics
 * @param offsets the first and the next offset of each of those partitions
 */
record PromptTopics(
    Map<String, String> ids,
    Map<TopicPartition, Long> committed,
    Map<TopicPartition, Range> offsets) {
  /** The offsets of a partition: from the first that is there to the next to be written. */
  record Range(long first, long next) {}

  PromptTopics {
    ids = Map.copyOf(ids);
    committed = Map.copyOf(committed);
    offsets = Map.copyOf(offsets);
  }

  /** Asks for all of it. */
  static PromptTopics of(Admin admin, String group, Collection<String> topics)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, Long> committed = committed(admin, group, topics);
    return new PromptTopics(ids(admin, topics), committed, ranges(admin, committed.keySet()));
  }

  /** Each topic's id; nothing of a topic that is not there. */
  static Map<String, String> ids(Admin admin, Collection<String> topics)
      throws ExecutionException, InterruptedException {
    Map<String, String> ids = new HashMap<>();
    for (Map.Entry<String, KafkaFuture<TopicDescription>> topic :
        admin.describeTopics(topics).topicNameValues().entrySet()) {
      try {
        ids.put(topic.getKey(), topic.getValue().get().topicId().toString());
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
          throw e;
        }
      }
    }
    return ids;
  }

  private static Map<TopicPartition, Long> committed(
      Admin admin, String group, Collection<String> topics)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, Long> committed = new HashMap<>();
    try {
      for (Map.Entry<TopicPartition, OffsetAndMetadata> offset :
          admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().entrySet()) {
        if (topics.contains(offset.getKey().topic()) && offset.getValue() != null) {
          committed.put(offset.getKey(), offset.getValue().offset());
        }
      }
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof GroupIdNotFoundException)) {
        throw e;
      }
    }
    return committed;
  }

  /** What is there of each partition; nothing of one that is not there. */
  static Map<TopicPartition, Range> ranges(Admin admin, Collection<TopicPartition> partitions)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, Long> first = list(admin, partitions, OffsetSpec.earliest());
    Map<TopicPartition, Long> next = list(admin, partitions, OffsetSpec.latest());
    Map<TopicPartition, Range> ranges = new HashMap<>();
    first.forEach(
        (partition, offset) -> {
          if (next.containsKey(partition)) {
            ranges.put(partition, new Range(offset, next.get(partition)));
          }
        });
    return ranges;
  }

  private static Map<TopicPartition, Long> list(
      Admin admin, Collection<TopicPartition> partitions, OffsetSpec which)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    partitions.forEach(partition -> wanted.put(partition, which));
    Map<TopicPartition, Long> offsets = new HashMap<>();
    var listed = admin.listOffsets(wanted);
    for (TopicPartition partition : partitions) {
      try {
        ListOffsetsResultInfo found = listed.partitionResult(partition).get();
        offsets.put(partition, found.offset());
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
          throw e;
        }
      }
    }
    return offsets;
  }
}
