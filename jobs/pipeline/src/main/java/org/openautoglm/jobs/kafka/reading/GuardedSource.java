package org.openautoglm.jobs.kafka.reading;

import java.io.IOException;
import java.util.Properties;
import org.apache.flink.api.common.serialization.DeserializationSchema.InitializationContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.synchronization.FutureCompletingBlockingQueue;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.connector.kafka.source.reader.KafkaRecordEmitter;
import org.apache.flink.connector.kafka.source.reader.KafkaSourceReader;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.lineage.LineageVertex;
import org.apache.flink.streaming.api.lineage.LineageVertexProvider;
import org.apache.flink.util.UserCodeClassLoader;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Kafka's source, whose readers no batch can stop: see {@link FetchGuard}. Its state is Kafka's
 * source's own, in both directions.
 *
 * @param <T> what records are made into
 */
public final class GuardedSource<T>
    implements Source<T, KafkaPartitionSplit, KafkaSourceEnumState>,
        ResultTypeQueryable<T>,
        LineageVertexProvider {
  private static final long serialVersionUID = 1L;
  private static final String HELD_BACK = "recordsBehindOpenTransactions";
  private static final String HELD_BACK_MS = "openTransactionMs";
  private static final String DELETED = "offsetsDeletedUnread";

  private final KafkaSource<T> kafka;
  private final KafkaRecordDeserializationSchema<T> deserializer;
  private final int maxRecordBytes;

  /**
   * @param kafka the source, as it is without a guard
   * @param deserializer its deserialiser, which sees {@link Unreadable marks}
   * @param maxRecordBytes the largest value that the job reads
   */
  public GuardedSource(
      KafkaSource<T> kafka, KafkaRecordDeserializationSchema<T> deserializer, int maxRecordBytes) {
    this.kafka = kafka;
    this.deserializer = deserializer;
    this.maxRecordBytes = maxRecordBytes;
  }

  @Override
  public SourceReader<T, KafkaPartitionSplit> createReader(SourceReaderContext context)
      throws Exception {
    deserializer.open(
        new InitializationContext() {
          @Override
          public MetricGroup getMetricGroup() {
            return context.metricGroup().addGroup("deserializer");
          }

          @Override
          public UserCodeClassLoader getUserCodeClassLoader() {
            return context.getUserCodeClassLoader();
          }
        });
    Properties properties = new Properties();
    properties.putAll(PrivateField.get(kafka, KafkaSource.class, "props", Properties.class));
    Configuration configuration = new Configuration();
    properties
        .stringPropertyNames()
        .forEach(key -> configuration.setString(key, properties.getProperty(key)));
    String checksCrc = properties.getProperty(ConsumerConfig.CHECK_CRCS_CONFIG, "true");
    ReadingLimits limits = ReadingLimits.of(maxRecordBytes, Boolean.parseBoolean(checksCrc));
    properties.setProperty(ConsumerConfig.CHECK_CRCS_CONFIG, "false"); // The guard has done it.
    // Partitions are assigned, so that there is no group to keep a protocol for; and the guard
    // knows this consumer from within.
    properties.setProperty(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "classic");
    OpenTransactions open = new OpenTransactions(System::nanoTime);
    context.metricGroup().<Long, Gauge<Long>>gauge(HELD_BACK, open::records);
    context.metricGroup().<Long, Gauge<Long>>gauge(HELD_BACK_MS, open::ageMs);
    Deletions deletions = new Deletions();
    context.metricGroup().<Long, Gauge<Long>>gauge(DELETED, deletions::offsets);
    KafkaSourceReaderMetrics metrics = new KafkaSourceReaderMetrics(context.metricGroup());
    FutureCompletingBlockingQueue<RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>>> queue =
        new FutureCompletingBlockingQueue<>();
    return new KafkaSourceReader<>(
        queue,
        PromptCommits.of(
            queue,
            () -> new GuardedSplitReader(properties, context, metrics, limits, open, deletions)),
        new KafkaRecordEmitter<>(deserializer),
        configuration,
        context,
        metrics);
  }

  @Override
  public Boundedness getBoundedness() {
    return kafka.getBoundedness();
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> createEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context) {
    return kafka.createEnumerator(context);
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> restoreEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context, KafkaSourceEnumState checkpoint)
      throws IOException {
    return kafka.restoreEnumerator(context, checkpoint);
  }

  @Override
  public SimpleVersionedSerializer<KafkaPartitionSplit> getSplitSerializer() {
    return kafka.getSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<KafkaSourceEnumState> getEnumeratorCheckpointSerializer() {
    return kafka.getEnumeratorCheckpointSerializer();
  }

  @Override
  public TypeInformation<T> getProducedType() {
    return kafka.getProducedType();
  }

  @Override
  public LineageVertex getLineageVertex() {
    return kafka.getLineageVertex();
  }
}
