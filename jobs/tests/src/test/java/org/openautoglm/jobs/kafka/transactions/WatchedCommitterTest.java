package org.openautoglm.jobs.kafka.transactions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import org.apache.flink.api.common.JobInfo;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.TaskInfoImpl;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.Committer.CommitRequest;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.sink.internal.FlinkKafkaInternalProducer;
import org.apache.flink.connector.kafka.sink.internal.KafkaCommitter;
import org.apache.flink.metrics.groups.SinkCommitterMetricGroup;
import org.apache.flink.runtime.metrics.groups.InternalSinkCommitterMetricGroup;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.KafkaEnds;
import org.openautoglm.jobs.local.SharedBroker;
import org.openautoglm.schemas.flow.OutputRecord;

/** Commits of a restored checkpoint against a real broker, whatever became of its transaction. */
@ExtendWith(SharedBroker.class)
@SuppressWarnings("try") // What closing throws is the closed types\' own.
class WatchedCommitterTest {
  private static final byte[] RECORD = {1};

  private final SharedBroker broker;
  private final String topic;
  private final List<AutoCloseable> opened = new ArrayList<>();

  WatchedCommitterTest(SharedBroker broker) {
    this.broker = broker;
    topic = broker.newTopic("committed", 1);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
  }

  @Test
  void commitsWhatIsOpen() throws Exception {
    Request request = commit(restored(open()), Set.of());
    assertThat(request.signal).isEmpty();
    // It may have taken the id anew at once, as it learns of the brokers' version in the midst of
    // it.
    assertThat(state(request)).isIn(TransactionState.COMPLETE_COMMIT, TransactionState.EMPTY);
  }

  @Test
  void goesOnWhereTheWriterHadCommittedBefore() throws Exception {
    FlinkKafkaInternalProducer<byte[], byte[]> writer = open();
    KafkaCommittable committable = restored(writer);
    writer.commitTransaction();
    assertThat(commit(committable, Set.of()).signal).isEqualTo("already committed");
  }

  @Test
  void goesOnWhereARestoredJobHadCommittedBefore() throws Exception {
    KafkaCommittable committable = restored(open());
    commit(committable, Set.of());
    assertThat(commit(committable, Set.of()).signal).isIn("", "already committed");
  }

  @Test
  void goesOnWhereTheIdWasUsedAgainAndEndsWhatThatRunLeftOpen() throws Exception {
    FlinkKafkaInternalProducer<byte[], byte[]> writer = open();
    KafkaCommittable committable = restored(writer);
    writer.commitTransaction();
    begin(writer, writer.getTransactionalId());
    assertThat(state(committable)).isEqualTo(TransactionState.ONGOING);
    assertThat(commit(committable, Set.of()).signal).isEqualTo("already committed");
    assertThat(state(committable)).isEqualTo(TransactionState.EMPTY);
  }

  @Test
  void failsEachTimeWhereTheTransactionWasAborted() throws Exception {
    FlinkKafkaInternalProducer<byte[], byte[]> writer = open();
    KafkaCommittable committable = restored(writer);
    writer.abortTransaction();
    String name = TransactionName.of(committable).toString();
    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatThrownBy(() -> commit(committable, Set.of()))
          .isInstanceOf(LostTransactionException.class)
          .hasNoCause()
          .hasMessageStartingWith(
              "transaction " + name + " (restored from checkpoint 7) cannot be committed")
          .hasMessageContaining("add " + name + " to kafka.lost_transactions")
          .hasMessageContaining("reconcile --republish");
    }
    assertThat(NotedLosses.of(new Restored().metricGroup()).names()).contains(name);
    assertThat(commit(committable, Set.of(name)).signal).isEqualTo("failed for a known reason");
    assertThat(NotedLosses.of(new Restored().metricGroup()).names()).doesNotContain(name);
  }

  @Test
  void tellsAllThatItLostInOneLine() throws Exception {
    List<String> names = new ArrayList<>();
    List<CommitRequest<KafkaCommittable>> requests = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      FlinkKafkaInternalProducer<byte[], byte[]> writer = open();
      KafkaCommittable committable = restored(writer);
      writer.abortTransaction();
      names.add(TransactionName.of(committable).toString());
      requests.add(new Request(committable));
    }
    try (WatchedCommitter committer = committer(Set.of())) {
      assertThatThrownBy(() -> committer.commit(requests))
          .isInstanceOf(LostTransactionException.class)
          .hasMessageContaining("add " + String.join(", ", names) + " to kafka.lost_transactions")
          .hasMessageNotContaining("\n");
    }
  }

  @Test
  void goesOnWithoutATransactionThatWasGivenUpByName() throws Exception {
    FlinkKafkaInternalProducer<byte[], byte[]> writer = open();
    KafkaCommittable committable = restored(writer);
    writer.abortTransaction();
    assertThat(commit(committable, Set.of(TransactionName.of(committable).toString())).signal)
        .isEqualTo("failed for a known reason");
  }

  @Test
  void aJobThatIsAtLeastOnceNowCommitsWhatItsCheckpointHadPrepared() throws Exception {
    KafkaCommittable committable = restored(open());
    JobConfiguration job =
        ConfigurationFile.parse(
            """
            kafka: {bootstrap_servers: "%s"}
            delivery: at_least_once
            models: [{model_name: m, task_type: embedding, path: unused}]
            """
                .formatted(broker.bootstrapServers()),
            Map.of());
    Sink<OutputRecord> sink =
        KafkaEnds.of(job.kafka(), job.delivery(), 1_000_000, 1_000_000).answers();
    @SuppressWarnings("unchecked") // Kafka's sink commits nothing else.
    var committing = (SupportsCommitter<KafkaCommittable>) sink;
    try (Committer<KafkaCommittable> committer = committing.createCommitter(new Restored())) {
      committer.commit(List.of(new Request(committable)));
    }
    assertThat(state(committable)).isNotEqualTo(TransactionState.ONGOING);
  }

  @Test
  void failsWhereTheBrokersDoNotKnowTheTransaction() {
    KafkaCommittable committable = new KafkaCommittable(4711, (short) 3, "never-seen-0-0", null);
    assertThatThrownBy(() -> commit(committable, Set.of()))
        .isInstanceOf(LostTransactionException.class)
        .hasMessageContaining("the brokers do not know it");
  }

  @Test
  void anotherJobThatUsesTheIdIsNoCommit() throws Exception {
    FlinkKafkaInternalProducer<byte[], byte[]> writer = open();
    writer.precommitTransaction();
    KafkaCommittable ofThisAttempt = KafkaCommittable.of(writer);
    begin(producer(writer.getTransactionalId()), writer.getTransactionalId());
    assertThatThrownBy(() -> commit(ofThisAttempt, Set.of()))
        .isInstanceOf(LostTransactionException.class)
        .hasMessageContaining("another job uses its transactional id");
  }

  private FlinkKafkaInternalProducer<byte[], byte[]> open() {
    String id = topic + "-" + opened.size() + "-0";
    return begin(producer(id), id);
  }

  private FlinkKafkaInternalProducer<byte[], byte[]> begin(
      FlinkKafkaInternalProducer<byte[], byte[]> writer, String id) {
    writer.setTransactionId(id);
    writer.initTransactions();
    writer.beginTransaction();
    var unused = writer.send(new ProducerRecord<>(topic, RECORD));
    writer.flush();
    return writer;
  }

  private FlinkKafkaInternalProducer<byte[], byte[]> producer(String id) {
    var producer = new FlinkKafkaInternalProducer<byte[], byte[]>(client(), id);
    opened.add(producer);
    return producer;
  }

  /** As it comes out of a checkpoint. */
  private static KafkaCommittable restored(FlinkKafkaInternalProducer<byte[], byte[]> writer) {
    return new KafkaCommittable(
        writer.getProducerId(), writer.getEpoch(), writer.getTransactionalId(), null);
  }

  private Request commit(KafkaCommittable committable, Set<String> givenUp) throws Exception {
    Request request = new Request(committable);
    try (WatchedCommitter committer = committer(givenUp)) {
      committer.commit(List.of(request));
    }
    return request;
  }

  private WatchedCommitter committer(Set<String> givenUp) {
    Committer<KafkaCommittable> kafka =
        new KafkaCommitter(client(), topic, 0, 0, true, FlinkKafkaInternalProducer::new);
    return new WatchedCommitter(kafka, client(), givenUp, new Restored(), Duration.ZERO);
  }

  private TransactionState state(Request request) throws Exception {
    return state(request.committable);
  }

  private TransactionState state(KafkaCommittable committable) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      String id = committable.getTransactionalId();
      return admin.describeTransactions(List.of(id)).description(id).get().state();
    }
  }

  private Properties client() {
    Properties client = new Properties();
    client.setProperty("bootstrap.servers", broker.bootstrapServers());
    client.setProperty("key.serializer", ByteArraySerializer.class.getName());
    client.setProperty("value.serializer", ByteArraySerializer.class.getName());
    return client;
  }

  /** A commit that remembers what was signalled. */
  private static final class Request implements CommitRequest<KafkaCommittable> {
    private final KafkaCommittable committable;
    private String signal = "";

    Request(KafkaCommittable committable) {
      this.committable = committable;
    }

    @Override
    public KafkaCommittable getCommittable() {
      return committable;
    }

    @Override
    public int getNumberOfRetries() {
      return 0;
    }

    @Override
    public void signalFailedWithKnownReason(Throwable cause) {
      signal = "failed for a known reason";
    }

    @Override
    public void signalFailedWithUnknownReason(Throwable cause) {
      signal = "failed";
    }

    @Override
    public void retryLater() {
      signal = "later";
    }

    @Override
    public void updateAndRetryLater(KafkaCommittable other) {
      signal = "later";
    }

    @Override
    public void signalAlreadyCommitted() {
      signal = "already committed";
    }
  }

  /** A committer's place in a job that goes on from checkpoint 7. */
  private static final class Restored implements CommitterInitContext {
    @Override
    public SinkCommitterMetricGroup metricGroup() {
      return InternalSinkCommitterMetricGroup.wrap(
          UnregisteredMetricGroups.createUnregisteredOperatorMetricGroup());
    }

    @Override
    public OptionalLong getRestoredCheckpointId() {
      return OptionalLong.of(7);
    }

    @Override
    public JobInfo getJobInfo() {
      throw new UnsupportedOperationException();
    }

    @Override
    public TaskInfo getTaskInfo() {
      return new TaskInfoImpl("sink", 1, 0, 1, 0);
    }
  }
}
