package org.openautoglm.jobs.kafka.preflight;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.configuration.KafkaConfiguration.Topics;
import org.openautoglm.jobs.kafka.clients.TopicSettings;

/**
 * The output topics must take what the job may write, and keep all of it: a compacted topic drops
 * outcomes of the same key, and refuses records that have none.
 */
final class OutputTopicsFit implements PreflightCheck {

  @Override
  public List<String> problems(Admin admin, JobConfiguration job)
      throws ExecutionException, InterruptedException {
    Topics topics = job.kafka().topics();
    Map<String, String> byOption = new LinkedHashMap<>();
    byOption.put("results", topics.results());
    byOption.put("audit", topics.audit());
    byOption.put("dead_letters", topics.deadLetters());
    List<String> problems = new ArrayList<>();
    for (Map.Entry<String, String> option : byOption.entrySet()) {
      String topic = option.getValue();
      try {
        check(
            "kafka.topics.%s: the topic %s".formatted(option.getKey(), topic),
            TopicSettings.read(admin, List.of(topic)).get(topic),
            job.limits().maxResultBytes(),
            problems);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof TopicAuthorizationException) {
          problems.add(
              "kafka.topics.%s: the settings of the topic %s may not be read; grant DescribeConfigs on it"
                  .formatted(option.getKey(), topic));
        } else if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
          throw e;
        }
      }
    }
    return problems;
  }

  private static void check(
      String topic, TopicSettings settings, int maxResultBytes, List<String> problems) {
    if (settings.compacted()) {
      problems.add(
          topic
              + " is compacted, which drops outcomes; set its cleanup.policy to delete, or name another");
    }
    if (settings.maxRecordBytes() < maxResultBytes) {
      problems.add(
          String.format(
              Locale.ROOT,
              "%s takes records of %,d bytes at most (max.message.bytes %,d), less than"
                  + " limits.max_result_bytes (%,d); raise the one or lower the other",
              topic,
              settings.maxRecordBytes(),
              settings.maxMessageBytes(),
              maxResultBytes));
    }
  }
}
