package org.openautoglm.jobs.reconcile;

import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.openautoglm.jobs.kafka.clients.KafkaFailure;
import org.openautoglm.jobs.kafka.start.LeaseName;

/** What the brokers tell about a job and its topics beside the records. */
final class BrokerView implements AutoCloseable {
  private final ReconcileClients clients;
  private final Admin admin;

  BrokerView(ReconcileClients clients) {
    this.clients = clients;
    admin = Admin.create(new HashMap<>(clients.admin()));
  }

  /** The first offset that a group has not read, of the partitions that it has read of. */
  Map<TopicPartition, Long> read(String groupId) throws IOException {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (Map.Entry<TopicPartition, OffsetAndMetadata> each :
        await(admin.listConsumerGroupOffsets(groupId).partitionsToOffsetAndMetadata()).entrySet()) {
      if (each.getValue() != null) {
        offsets.put(each.getKey(), each.getValue().offset());
      }
    }
    return offsets;
  }

  /** Where a job that reads by this group runs, as far as we may see it. */
  Optional<String> running(String groupId) {
    String lease = LeaseName.of(groupId);
    try {
      return await(admin.describeConsumerGroups(List.of(lease)).all()).get(lease).members().stream()
          .map(member -> member.host().replace("/", ""))
          .findFirst();
    } catch (IOException e) {
      // There is none, or we may not know.
      return Optional.empty();
    }
  }

  /** The open transactions whose names begin so, as far as we may see them. */
  List<String> openTransactions(String prefix) {
    try {
      return await(
              admin
                  .listTransactions(
                      new ListTransactionsOptions()
                          .filterStates(
                              List.of(
                                  TransactionState.ONGOING,
                                  TransactionState.PREPARE_COMMIT,
                                  TransactionState.PREPARE_ABORT)))
                  .all())
          .stream()
          .map(TransactionListing::transactionalId)
          .filter(id -> id.startsWith(prefix + "-"))
          .sorted()
          .toList();
    } catch (IOException e) {
      // Brokers before 3.0 cannot tell, others may not.
      return List.of();
    }
  }

  /** How many offsets of each stand behind the last that committed readers see. */
  Map<TopicPartition, Long> hidden(Collection<TopicPartition> partitions) throws IOException {
    Map<TopicPartition, ListOffsetsResultInfo> committed =
        latest(partitions, IsolationLevel.READ_COMMITTED);
    Map<TopicPartition, Long> hidden = new HashMap<>();
    latest(partitions, IsolationLevel.READ_UNCOMMITTED)
        .forEach((at, end) -> hidden.put(at, end.offset() - committed.get(at).offset()));
    hidden.values().removeIf(offsets -> offsets <= 0);
    return hidden;
  }

  private Map<TopicPartition, ListOffsetsResultInfo> latest(
      Collection<TopicPartition> partitions, IsolationLevel isolation) throws IOException {
    Map<TopicPartition, OffsetSpec> specs = new HashMap<>();
    partitions.forEach(each -> specs.put(each, OffsetSpec.latest()));
    return await(admin.listOffsets(specs, new ListOffsetsOptions(isolation)).all());
  }

  /** Whether a topic keeps only the last record of a key; false where we may not know. */
  boolean isCompacted(String topic) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try {
      return await(admin.describeConfigs(List.of(resource)).all())
          .get(resource)
          .get(TopicConfig.CLEANUP_POLICY_CONFIG)
          .value()
          .contains(TopicConfig.CLEANUP_POLICY_COMPACT);
    } catch (IOException e) {
      return false;
    }
  }

  private <T> T await(KafkaFuture<T> future) throws IOException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IOException(KafkaFailure.words(e, clients.admin(), clients.said()), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
