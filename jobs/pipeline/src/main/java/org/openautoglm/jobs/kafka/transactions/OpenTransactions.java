package org.openautoglm.jobs.kafka.transactions;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.flink.connector.kafka.sink.internal.FlinkKafkaInternalProducer;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.internals.TransactionManager;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The transactions of one job that have not ended: for people, after a disaster. Needs Describe on
 * the transactional ids, and Read on the output topics to find those that hang.
 */
public final class OpenTransactions {
  private static final Set<TransactionState> NOT_ENDED =
      Set.of(
          TransactionState.ONGOING,
          TransactionState.PREPARE_ABORT,
          TransactionState.PREPARE_COMMIT,
          TransactionState.PREPARE_EPOCH_FENCE);

  /** A younger one may only have ended between two questions. */
  private static final long HANGS_AFTER_MS = 60_000;

  private final Admin admin;
  private final OwnIds ours;

  /** Asks through a client that the caller closes. */
  public OpenTransactions(Admin admin, OwnIds ours) {
    this.admin = admin;
    this.ours = ours;
  }

  /** Those that a coordinator knows, oldest first. */
  public List<OpenTransaction> known() throws ExecutionException, InterruptedException {
    List<String> ids =
        admin
            .listTransactions(new ListTransactionsOptions().filterStates(NOT_ENDED))
            .all()
            .get()
            .stream()
            .map(TransactionListing::transactionalId)
            .filter(ours::has)
            .toList();
    List<OpenTransaction> open = new ArrayList<>();
    for (Map.Entry<String, TransactionDescription> id :
        admin.describeTransactions(ids).all().get().entrySet()) {
      TransactionDescription now = id.getValue();
      if (NOT_ENDED.contains(now.state())) {
        open.add(
            new OpenTransaction(
                id.getKey(),
                now.state().toString(),
                now.producerId(),
                now.producerEpoch(),
                now.transactionStartTimeMs(),
                now.transactionTimeoutMs(),
                sorted(now.topicPartitions()),
                -1));
      }
    }
    open.sort(
        Comparator.comparingLong((OpenTransaction one) -> one.startedMs().orElse(Long.MAX_VALUE))
            .thenComparing(OpenTransaction::id));
    return open;
  }

  /**
   * Those that hold partitions open although no coordinator knows of them: ours, and those of
   * nobody.
   *
   * @param topics where to look; a topic that is not there is passed over
   */
  public List<OpenTransaction> hanging(Collection<String> topics, long nowMs)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, List<ProducerState>> held = held(topics, nowMs);
    Set<Long> producers = new HashSet<>();
    held.values().forEach(states -> states.forEach(state -> producers.add(state.producerId())));
    if (producers.isEmpty()) {
      return List.of();
    }
    Map<Long, TransactionListing> known = new HashMap<>();
    admin
        .listTransactions(new ListTransactionsOptions().filterProducerIds(producers))
        .all()
        .get()
        .forEach(listing -> known.put(listing.producerId(), listing));
    List<OpenTransaction> hanging = new ArrayList<>();
    held.forEach(
        (partition, states) -> {
          for (ProducerState state : states) {
            TransactionListing listing = known.get(state.producerId());
            boolean ended = listing == null || !NOT_ENDED.contains(listing.state());
            if (ended && (listing == null || ours.has(listing.transactionalId()))) {
              hanging.add(hanging(partition, state, listing));
            }
          }
        });
    return hanging;
  }

  private Map<TopicPartition, List<ProducerState>> held(Collection<String> topics, long nowMs)
      throws ExecutionException, InterruptedException {
    Set<String> there = new HashSet<>(admin.listTopics().names().get());
    there.retainAll(topics);
    List<TopicPartition> partitions = new ArrayList<>();
    for (TopicDescription topic : admin.describeTopics(there).allTopicNames().get().values()) {
      topic
          .partitions()
          .forEach(one -> partitions.add(new TopicPartition(topic.name(), one.partition())));
    }
    Map<TopicPartition, List<ProducerState>> held = new HashMap<>();
    admin
        .describeProducers(partitions)
        .all()
        .get()
        .forEach(
            (partition, state) ->
                held.put(
                    partition,
                    state.activeProducers().stream()
                        .filter(one -> one.currentTransactionStartOffset().isPresent())
                        .filter(one -> nowMs - one.lastTimestamp() > HANGS_AFTER_MS)
                        .toList()));
    return held;
  }

  private static OpenTransaction hanging(
      TopicPartition partition, ProducerState state, TransactionListing listing) {
    return new OpenTransaction(
        listing == null ? "?" : listing.transactionalId(),
        OpenTransaction.HANGING,
        state.producerId(),
        state.producerEpoch(),
        OptionalLong.of(state.lastTimestamp()),
        0,
        List.of(partition),
        state.coordinatorEpoch().orElse(0));
  }

  /**
   * Ends one. Its coordinator is told to abort it under its own epoch, which leaves on record that
   * it was aborted: a job that would have committed it then says what is lost. A hanging one is
   * ended by a marker in its partition.
   *
   * @param producer the properties of a producer
   */
  public void abort(OpenTransaction open, Properties producer)
      throws ExecutionException, InterruptedException {
    if (open.hangs()) {
      admin
          .abortTransaction(
              new AbortTransactionSpec(
                  open.partitions().get(0),
                  open.producerId(),
                  (short) open.epoch(),
                  open.coordinatorEpoch()))
          .all()
          .get();
      return;
    }
    Properties client = new Properties();
    client.putAll(producer);
    client.put("key.serializer", ByteArraySerializer.class.getName());
    client.put("value.serializer", ByteArraySerializer.class.getName());
    client.putIfAbsent("max.block.ms", "10000");
    try (var resumed = new FlinkKafkaInternalProducer<byte[], byte[]>(client, open.id())) {
      speakAsBrokersDo(resumed, open);
      resumed.resumeTransaction(open.producerId(), (short) open.epoch());
      resumed.abortTransaction();
    }
  }

  /**
   * Lets a producer know the brokers' version of transactions before it ends one. Where it learns
   * that in the midst of it, it takes the id anew at once, and the record of the abort is gone.
   */
  private static void speakAsBrokersDo(KafkaProducer<?, ?> producer, OpenTransaction open) {
    if (!open.partitions().isEmpty()) {
      var unused = producer.partitionsFor(open.partitions().get(0).topic());
    }
    try {
      Field field = KafkaProducer.class.getDeclaredField("transactionManager");
      field.setAccessible(true);
      ((TransactionManager) field.get(producer)).maybeUpdateTransactionV2Enabled(true);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("another kafka-clients than this is made for", e);
    }
  }

  private static List<TopicPartition> sorted(Collection<TopicPartition> partitions) {
    return partitions.stream()
        .sorted(
            Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition))
        .toList();
  }
}
