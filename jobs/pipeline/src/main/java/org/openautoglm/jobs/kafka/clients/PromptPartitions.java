package org.openautoglm.jobs.kafka.clients;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.openautoglm.jobs.configuration.KafkaConfiguration;

/** Which partitions a job reads, as the brokers have them now. */
public final class PromptPartitions {
  private PromptPartitions() {}

  /**
   * The prompts topics: those that are named, whether they are there or not, or those there are
   * that the pattern matches.
   */
  public static List<String> topics(Admin admin, KafkaConfiguration.Topics topics)
      throws ExecutionException, InterruptedException {
    if (topics.promptsPattern() == null) {
      return topics.promptTopics();
    }
    Pattern pattern = Pattern.compile(topics.promptsPattern());
    return admin.listTopics(new ListTopicsOptions()).names().get().stream()
        .filter(name -> pattern.matcher(name).matches())
        .sorted()
        .toList();
  }

  /** The partitions of topics, which must exist. */
  public static List<TopicPartition> of(Admin admin, Collection<String> topics)
      throws ExecutionException, InterruptedException {
    Map<String, TopicDescription> described = admin.describeTopics(topics).allTopicNames().get();
    return described.values().stream()
        .flatMap(
            topic ->
                topic.partitions().stream()
                    .map(partition -> new TopicPartition(topic.name(), partition.partition())))
        .toList();
  }

  /** The end of each partition now. */
  public static Map<TopicPartition, Long> ends(KafkaConfiguration kafka) {
    try (Admin admin = Admin.create(KafkaClients.admin(kafka))) {
      Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
      of(admin, topics(admin, kafka.topics()))
          .forEach(partition -> wanted.put(partition, OffsetSpec.latest()));
      Map<TopicPartition, Long> ends = new HashMap<>();
      admin
          .listOffsets(wanted)
          .all()
          .get()
          .forEach((partition, found) -> ends.put(partition, found.offset()));
      return ends;
    } catch (ExecutionException e) {
      throw new IllegalStateException(
          "kafka.start_from: where the prompts topics end cannot be found out: "
              + e.getCause().getMessage(),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while looking for the end of topics", e);
    }
  }
}
