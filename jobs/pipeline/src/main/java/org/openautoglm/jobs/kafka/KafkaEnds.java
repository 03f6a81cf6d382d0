package org.openautoglm.jobs.kafka;

import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.configuration.JobConfiguration.Delivery;
import org.openautoglm.jobs.configuration.KafkaConfiguration;
import org.openautoglm.jobs.kafka.clients.KafkaClients;
import org.openautoglm.jobs.kafka.reading.GuardedSource;
import org.openautoglm.jobs.kafka.start.CheckedSource;
import org.openautoglm.jobs.kafka.start.StartOptions;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.flow.PromptRecord;

/**
 * A job's ends in Kafka.
 *
 * @param prompts reads the prompts topics
 * @param answers writes results and audit events of what ran
 * @param refusals writes error results, dead letters and audit events of what did not
 */
public record KafkaEnds(
    Source<PromptRecord, ?, ?> prompts, Sink<OutputRecord> answers, Sink<OutputRecord> refusals) {
  /** Part of transactional ids, and so frozen: each sink ends what an earlier one of it began. */
  private static final String ANSWERS = "answers";

  private static final String REFUSALS = "refusals";

  /** Room in a request beside the largest record. */
  private static final int REQUEST_OVERHEAD_BYTES = 256 * 1024;

  /** The ends of a job, whose source does not let it start where that would do harm. */
  public static KafkaEnds of(JobConfiguration job, StartOptions options) {
    KafkaConfiguration kafka = job.kafka();
    int maxResultBytes = job.limits().maxResultBytes();
    return new KafkaEnds(
        new CheckedSource<>(source(kafka, job.limits().maxRecordBytes()), job, options),
        sink(kafka, job.delivery(), maxResultBytes, ANSWERS),
        sink(kafka, job.delivery(), maxResultBytes, REFUSALS));
  }

  /**
   * A source of prompts and the two sinks, with everything of Kafka's that a guarantee depends on.
   *
   * @param maxRecordBytes the largest value read, in bytes
   * @param maxResultBytes the largest record written, in bytes
   */
  public static KafkaEnds of(
      KafkaConfiguration kafka, Delivery delivery, int maxRecordBytes, int maxResultBytes) {
    return new KafkaEnds(
        source(kafka, maxRecordBytes),
        sink(kafka, delivery, maxResultBytes, ANSWERS),
        sink(kafka, delivery, maxResultBytes, REFUSALS));
  }

  private static GuardedSource<PromptRecord> source(KafkaConfiguration kafka, int maxRecordBytes) {
    return new GuardedSource<>(source(kafka), new PromptRecordDeserializer(), maxRecordBytes);
  }

  private static KafkaSource<PromptRecord> source(KafkaConfiguration kafka) {
    Properties properties = KafkaClients.consumer(kafka);
    properties.setProperty(
        KafkaSourceOptions.PARTITION_DISCOVERY_INTERVAL_MS.key(),
        Long.toString(kafka.partitionDiscovery().toMillis()));
    KafkaSourceBuilder<PromptRecord> source =
        KafkaSource.<PromptRecord>builder()
            .setBootstrapServers(kafka.bootstrapServers())
            .setGroupId(kafka.groupId())
            .setStartingOffsets(ReadOffsets.start(kafka))
            .setDeserializer(new PromptRecordDeserializer())
            .setProperties(properties);
    ReadOffsets.end(kafka).ifPresent(source::setBounded);
    return kafka.topics().promptsPattern() == null
        ? source.setTopics(kafka.topics().promptTopics()).build()
        : source.setTopicPattern(Pattern.compile(kafka.topics().promptsPattern())).build();
  }

  private static Sink<OutputRecord> sink(
      KafkaConfiguration kafka, Delivery delivery, int maxResultBytes, String name) {
    return new GuardedSink<>(
        kafkaSink(kafka, delivery, maxResultBytes, name),
        kafkaSink(kafka, Delivery.EXACTLY_ONCE, maxResultBytes, name),
        delivery == Delivery.EXACTLY_ONCE,
        kafka.lostTransactions());
  }

  private static KafkaSink<OutputRecord> kafkaSink(
      KafkaConfiguration kafka, Delivery delivery, int maxResultBytes, String name) {
    KafkaSinkBuilder<OutputRecord> sink =
        KafkaSink.<OutputRecord>builder()
            .setBootstrapServers(kafka.bootstrapServers())
            .setKafkaProducerConfig(producerProperties(kafka, delivery, maxResultBytes))
            .setRecordSerializer(new OutputRecordSerializer(kafka.topics()));
    return delivery == Delivery.AT_LEAST_ONCE
        ? sink.setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE).build()
        : sink.setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix(transactionalIds(kafka.transactionalIdPrefix(), name))
            .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
            .build();
  }

  /**
   * What the ids of a job's transactions begin with, those of both sinks.
   *
   * @param prefix the job's {@code kafka.transactional_id_prefix}
   */
  public static Set<String> transactionalIds(String prefix) {
    return Set.of(transactionalIds(prefix, ANSWERS), transactionalIds(prefix, REFUSALS));
  }

  private static String transactionalIds(String prefix, String sink) {
    return prefix + "-" + sink;
  }

  /** What the sinks' producers are set to, the file's own properties included. */
  public static Properties producerProperties(
      KafkaConfiguration kafka, Delivery delivery, int maxResultBytes) {
    Properties properties = new Properties();
    properties.setProperty(ProducerConfig.ACKS_CONFIG, "all");
    // Said, as Kafka leaves it out without a word where another property does not go with it.
    properties.setProperty(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
    properties.setProperty(
        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
        Integer.toString(maxResultBytes + REQUEST_OVERHEAD_BYTES));
    if (delivery == Delivery.EXACTLY_ONCE) {
      // Nobody sees a record before its checkpoint anyway, so full batches cost no latency.
      properties.setProperty(ProducerConfig.LINGER_MS_CONFIG, "20");
      properties.setProperty(ProducerConfig.BATCH_SIZE_CONFIG, Integer.toString(256 * 1024));
    } else {
      properties.setProperty(ProducerConfig.LINGER_MS_CONFIG, "0");
    }
    properties.putAll(KafkaClients.producer(kafka));
    properties.setProperty(
        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
        Long.toString(kafka.transactionTimeout().toMillis()));
    return properties;
  }
}
