package org.openautoglm.jobs.kafka.preflight;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.configuration.KafkaConfiguration.Topics;
import org.openautoglm.jobs.kafka.clients.PromptPartitions;

/** Every topic that is named must be there: the job creates none. */
final class TopicsExist implements PreflightCheck {

  @Override
  public List<String> problems(Admin admin, JobConfiguration job)
      throws ExecutionException, InterruptedException {
    Topics topics = job.kafka().topics();
    List<String> prompts = PromptPartitions.topics(admin, topics);
    List<String> names = new ArrayList<>(prompts);
    names.addAll(topics.outputs());
    Map<String, KafkaFuture<TopicDescription>> described =
        admin.describeTopics(names).topicNameValues();
    List<String> problems = new ArrayList<>();
    if (prompts.isEmpty() && job.kafka().until() != null) {
      problems.add(
          "kafka.topics.prompts_pattern: no topic at %s matches %s, so there is nothing to read until %s"
              .formatted(
                  job.kafka().bootstrapServers(), topics.promptsPattern(), job.kafka().until()));
    }
    for (String prompt : prompts) {
      add(problems, "prompts", prompt, described, job);
    }
    add(problems, "results", topics.results(), described, job);
    add(problems, "audit", topics.audit(), described, job);
    add(problems, "dead_letters", topics.deadLetters(), described, job);
    return problems;
  }

  private static void add(
      List<String> problems,
      String option,
      String topic,
      Map<String, KafkaFuture<TopicDescription>> described,
      JobConfiguration job)
      throws ExecutionException, InterruptedException {
    try {
      described.get(topic).get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        problems.add(
            "kafka.topics.%s: there is no topic %s at %s; create it, or name another"
                .formatted(option, topic, job.kafka().bootstrapServers()));
      } else if (e.getCause() instanceof TopicAuthorizationException) {
        problems.add(
            "kafka.topics.%s: the topic %s may not be described, or is not there; grant Describe on it"
                .formatted(option, topic));
      } else {
        throw e;
      }
    }
  }
}
