package org.openautoglm.jobs.kafka.start;

import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.KafkaFuture;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.clients.KafkaClients;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says which jobs read the same prompts into other topics. That is how a shadow or canary runs, and
 * so it is no reason to refuse a start; where it was not meant, each job answers {@code
 * UNKNOWN_MODEL} to what is the other's. What this client may not see is not said.
 */
public final class SharedPrompts {
  private static final Logger LOG = LoggerFactory.getLogger(SharedPrompts.class);

  private SharedPrompts() {}

  /** What to tell people of it; empty where no such job is seen. */
  public static Optional<String> words(JobConfiguration job) throws InterruptedException {
    try (Admin admin = Admin.create(KafkaClients.admin(job.kafka()))) {
      return words(admin, JobCard.of(job));
    }
  }

  static Optional<String> words(Admin admin, JobCard card) throws InterruptedException {
    TreeSet<String> names = new TreeSet<>();
    try {
      List<String> leases =
          admin.listGroups(ListGroupsOptions.forConsumerGroups()).valid().get().stream()
              .map(GroupListing::groupId)
              .filter(LeaseName::is)
              .toList();
      for (KafkaFuture<ConsumerGroupDescription> lease :
          admin.describeConsumerGroups(leases).describedGroups().values()) {
        for (MemberDescription member : lease.get().members()) {
          JobCard.parse(member.clientId())
              .filter(other -> other.sharesPromptsWith(card) && card.rivalry(other).isEmpty())
              .ifPresent(other -> names.add(other.name()));
        }
      }
    } catch (ExecutionException e) {
      LOG.debug("Whether others read the same prompts cannot be seen", e);
    }
    return names.isEmpty()
        ? Optional.empty()
        : Optional.of(
            ("job %s reads %s too, into other topics: each answers all prompts, and those for models"
                    + " that only the other has with UNKNOWN_MODEL; unless that is meant, give each"
                    + " a prompts topic of its own")
                .formatted(
                    String.join(", ", names), String.join(", ", new TreeSet<>(card.prompts()))));
  }
}
