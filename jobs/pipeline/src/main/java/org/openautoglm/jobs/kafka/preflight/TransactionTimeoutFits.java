package org.openautoglm.jobs.kafka.preflight;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.configuration.JobConfiguration.Delivery;

/**
 * Transactions may not be open for longer than the brokers allow, or no writer starts. Where the
 * brokers' settings may not be read, the writers find out.
 */
final class TransactionTimeoutFits implements PreflightCheck {
  private static final String MOST = "transaction.max.timeout.ms";

  @Override
  public List<String> problems(Admin admin, JobConfiguration job)
      throws ExecutionException, InterruptedException {
    Duration timeout = job.kafka().transactionTimeout();
    Iterator<Node> brokers = admin.describeCluster().nodes().get().iterator();
    if (job.delivery() == Delivery.AT_LEAST_ONCE || !brokers.hasNext()) {
      return List.of();
    }
    ConfigResource broker =
        new ConfigResource(ConfigResource.Type.BROKER, brokers.next().idString());
    try {
      Config config = admin.describeConfigs(List.of(broker)).all().get().get(broker);
      ConfigEntry most = config.get(MOST);
      return most == null || timeout.toMillis() <= Long.parseLong(most.value())
          ? List.of()
          : List.of(
              "kafka.transaction_timeout: %d ms is more than the brokers allow (%s %s); lower the one or raise the other"
                  .formatted(timeout.toMillis(), MOST, most.value()));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AuthorizationException) {
        return List.of();
      }
      throw e;
    }
  }
}
