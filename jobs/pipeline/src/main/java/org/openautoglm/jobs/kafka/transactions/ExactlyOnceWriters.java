package org.openautoglm.jobs.kafka.transactions;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.Properties;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaWriterState;
import org.apache.flink.connector.kafka.sink.TwoPhaseCommittingStatefulSink.PrecommittingStatefulSinkWriter;
import org.apache.flink.connector.kafka.sink.internal.TransactionAbortStrategyImpl;
import org.apache.flink.connector.kafka.sink.internal.TransactionNamingStrategyImpl;
import org.apache.flink.runtime.checkpoint.CheckpointIDCounter;

/**
 * Starts the connector's exactly-once writer with our search for leftover transactions in place of
 * its own, which fails on foreign ids that begin like ours, aborts other jobs' transactions, needs
 * Read on the output topics and leaves a client open. The writer's type and its parts are private
 * to flink-connector-kafka 5.0.0, hence reflection; with another connector this fails at the first
 * start, and every test with it.
 */
public final class ExactlyOnceWriters {
  private static final String WRITER =
      "org.apache.flink.connector.kafka.sink.ExactlyOnceKafkaWriter";

  private ExactlyOnceWriters() {}

  /** A sink's parts. */
  private record Parts<T>(
      Properties client, String prefix, KafkaRecordSerializationSchema<T> serializer) {
    @SuppressWarnings("unchecked") // The field's type is erased.
    static <T> Parts<T> of(KafkaSink<T> sink) throws ReflectiveOperationException {
      return new Parts<>(
          (Properties) field(KafkaSink.class, "kafkaProducerConfig").get(sink),
          (String) field(KafkaSink.class, "transactionalIdPrefix").get(sink),
          (KafkaRecordSerializationSchema<T>) field(KafkaSink.class, "recordSerializer").get(sink));
    }
  }

  /** The properties of a sink's clients. */
  public static Properties client(KafkaSink<?> sink) {
    try {
      return Parts.of(sink).client();
    } catch (ReflectiveOperationException e) {
      throw unlike(e);
    }
  }

  /**
   * Ends what earlier runs of a sink left open. To be called before a writer starts.
   *
   * @param restored the states that it goes on from; none where the job begins anew
   */
  public static void endLeftovers(
      KafkaSink<?> sink, WriterInitContext context, Collection<KafkaWriterState> restored)
      throws IOException, InterruptedException {
    try {
      Parts<?> parts = Parts.of(sink);
      LeftoverTransactions.of(
              parts.prefix(),
              context.getTaskInfo().getIndexOfThisSubtask(),
              context.getTaskInfo().getNumberOfParallelSubtasks(),
              restored)
          .abort(parts.client());
    } catch (ReflectiveOperationException e) {
      throw unlike(e);
    }
  }

  /** Starts a writer, with the states that it goes on from. */
  public static <T> PrecommittingStatefulSinkWriter<T, KafkaWriterState, KafkaCommittable> start(
      KafkaSink<T> sink, WriterInitContext context, Collection<KafkaWriterState> restored)
      throws IOException {
    try {
      return begun(writer(Parts.of(sink), context, restored), context);
    } catch (InvocationTargetException e) {
      throw new IOException("Kafka's writer did not start: " + e.getCause(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw unlike(e);
    }
  }

  @SuppressWarnings("unchecked") // The only writer of the sink's type.
  private static <T> PrecommittingStatefulSinkWriter<T, KafkaWriterState, KafkaCommittable> writer(
      Parts<T> parts, WriterInitContext context, Collection<KafkaWriterState> restored)
      throws ReflectiveOperationException {
    Constructor<?> constructor =
        Class.forName(WRITER)
            .getDeclaredConstructor(
                DeliveryGuarantee.class,
                Properties.class,
                String.class,
                WriterInitContext.class,
                KafkaRecordSerializationSchema.class,
                SerializationSchema.InitializationContext.class,
                TransactionAbortStrategyImpl.class,
                TransactionNamingStrategyImpl.class,
                Collection.class);
    constructor.setAccessible(true);
    return (PrecommittingStatefulSinkWriter<T, KafkaWriterState, KafkaCommittable>)
        constructor.newInstance(
            DeliveryGuarantee.EXACTLY_ONCE,
            parts.client(),
            parts.prefix(),
            context,
            parts.serializer(),
            context.asSerializationSchemaInitializationContext(),
            TransactionAbortStrategyImpl.LISTING,
            TransactionNamingStrategyImpl.POOLING,
            restored);
  }

  /** Begins the first transaction, as the writer itself would after its search. */
  private static <W extends AutoCloseable> W begun(W writer, WriterInitContext context)
      throws ReflectiveOperationException {
    try {
      Method begin = writer.getClass().getDeclaredMethod("startTransaction", long.class);
      begin.setAccessible(true);
      long next =
          context.getRestoredCheckpointId().orElse(CheckpointIDCounter.INITIAL_CHECKPOINT_ID - 1)
              + 1;
      field(writer.getClass().getSuperclass(), "currentProducer")
          .set(writer, begin.invoke(writer, next));
      return writer;
    } catch (ReflectiveOperationException | RuntimeException e) {
      try {
        writer.close();
      } catch (Exception suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private static Field field(Class<?> owner, String name) throws NoSuchFieldException {
    Field field = owner.getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }

  private static IllegalStateException unlike(ReflectiveOperationException e) {
    return new IllegalStateException("another flink-connector-kafka than this is made for", e);
  }
}
