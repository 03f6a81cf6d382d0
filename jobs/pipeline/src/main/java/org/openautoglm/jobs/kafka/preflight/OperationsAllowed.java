package org.openautoglm.jobs.kafka.preflight;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.utils.SecurityUtils;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.configuration.JobConfiguration.Delivery;
import org.openautoglm.jobs.configuration.KafkaConfiguration;
import org.openautoglm.jobs.kafka.clients.PromptPartitions;

/**
 * The job's user must be allowed all that the job will do. Brokers say what a user may do with
 * topics and groups that are there. Of a group that is not yet there, and of transactional ids,
 * they say only whether it may be described, which a grant of Read, or of Write, brings along: a
 * grant of Describe alone is found out when the job runs.
 */
final class OperationsAllowed implements PreflightCheck {

  @Override
  public List<String> problems(Admin admin, JobConfiguration job)
      throws ExecutionException, InterruptedException {
    KafkaConfiguration kafka = job.kafka();
    Map<String, String> optionByTopic = new LinkedHashMap<>();
    String prompts = kafka.topics().promptsPattern() == null ? "prompts" : "prompts_pattern";
    PromptPartitions.topics(admin, kafka.topics())
        .forEach(topic -> optionByTopic.put(topic, prompts));
    optionByTopic.put(kafka.topics().results(), "results");
    optionByTopic.put(kafka.topics().audit(), "audit");
    optionByTopic.put(kafka.topics().deadLetters(), "dead_letters");

    List<String> problems = new ArrayList<>();
    Map<String, KafkaFuture<TopicDescription>> described =
        admin
            .describeTopics(
                optionByTopic.keySet(),
                new DescribeTopicsOptions().includeAuthorizedOperations(true))
            .topicNameValues();
    for (Map.Entry<String, String> topic : optionByTopic.entrySet()) {
      checkTopic(
          topic.getValue(),
          topic.getKey(),
          topic.getValue().equals(prompts) ? AclOperation.READ : AclOperation.WRITE,
          described.get(topic.getKey()),
          problems);
    }
    checkGroup(admin, kafka.groupId(), problems);
    if (job.delivery() == Delivery.EXACTLY_ONCE) {
      checkTransactions(admin, kafka.transactionalIdPrefix(), problems);
    }
    return problems;
  }

  private static void checkTopic(
      String option,
      String topic,
      AclOperation needed,
      KafkaFuture<TopicDescription> described,
      List<String> problems)
      throws ExecutionException, InterruptedException {
    try {
      Set<AclOperation> allowed = described.get().authorizedOperations();
      if (allowed != null && !allowed.contains(needed)) {
        problems.add(
            "kafka.topics.%s: this user may not %s the topic %s; %s"
                .formatted(option, name(needed), topic, grant(needed, "--topic " + topic)));
      }
    } catch (ExecutionException e) {
      // The topics' own check says these.
      if (!(e.getCause() instanceof TopicAuthorizationException)
          && !(e.getCause() instanceof UnknownTopicOrPartitionException)) {
        throw e;
      }
    }
  }

  private static void checkGroup(Admin admin, String group, List<String> problems)
      throws ExecutionException, InterruptedException {
    boolean allowed;
    try {
      ConsumerGroupDescription described =
          admin
              .describeConsumerGroups(
                  List.of(group),
                  new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true))
              .describedGroups()
              .get(group)
              .get();
      Set<AclOperation> operations = described.authorizedOperations();
      allowed = operations == null || operations.contains(AclOperation.READ);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof GroupAuthorizationException)
          && !(e.getCause() instanceof GroupIdNotFoundException)) {
        throw e;
      }
      allowed = e.getCause() instanceof GroupIdNotFoundException;
    }
    if (!allowed) {
      problems.add(
          "kafka.group_id: this user may not Read the group %s; %s"
              .formatted(group, grant(AclOperation.READ, "--group " + group)));
    }
  }

  private static void checkTransactions(Admin admin, String prefix, List<String> problems)
      throws ExecutionException, InterruptedException {
    String one = prefix + "-answers-0-0";
    try {
      admin.describeTransactions(List.of(one)).description(one).get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TransactionalIdAuthorizationException) {
        problems.add(
            "kafka.transactional_id_prefix: this user may not Write transactions that begin with %s; %s"
                .formatted(
                    prefix,
                    grant(
                        AclOperation.WRITE,
                        "--transactional-id " + prefix + " --resource-pattern-type prefixed")));
      } else if (!(e.getCause() instanceof TransactionalIdNotFoundException)) {
        throw e;
      }
    }
  }

  private static String grant(AclOperation operation, String resource) {
    return "kafka-acls.sh --add --allow-principal User:… --operation %s %s"
        .formatted(name(operation), resource);
  }

  private static String name(AclOperation operation) {
    return SecurityUtils.operationName(operation);
  }
}
