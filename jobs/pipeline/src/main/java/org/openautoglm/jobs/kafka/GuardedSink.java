package org.openautoglm.jobs.kafka;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaWriterState;
import org.apache.flink.connector.kafka.sink.TwoPhaseCommittingStatefulSink;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPostCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.lineage.LineageVertex;
import org.apache.flink.streaming.api.lineage.LineageVertexProvider;
import org.openautoglm.jobs.kafka.transactions.ExactlyOnceWriters;
import org.openautoglm.jobs.kafka.transactions.WatchedCommitter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka's sink, with what production taught it.
 *
 * <p>Its writers end without complaint. A writer that is closed aborts its open transaction. While
 * the broker is gone this waits a minute, and then throws; Flink takes an exception there, in its
 * cleanup, for a leak that only the end of the TaskManager's process mends. But nothing leaks, and
 * no guarantee depends on that abort: what the transaction holds was never part of a checkpoint, so
 * nobody will commit it, and whoever starts next aborts it by its name, or else the broker does
 * after the transaction's timeout. So the exception is logged, and the process lives.
 *
 * <p>Its writers end what earlier runs left open, see {@link ExactlyOnceWriters}, and its
 * committers lose nothing without a word, see {@link WatchedCommitter}. At least once too: such a
 * job may go on from a checkpoint of an exactly-once one, whose prepared transactions Kafka's own
 * sink would then forget. States and committables are Kafka's own, so savepoints do not know of
 * this class.
 *
 * @param <T> what is written
 */
final class GuardedSink<T>
    implements TwoPhaseCommittingStatefulSink<T, KafkaWriterState, KafkaCommittable>,
        SupportsPostCommitTopology<KafkaCommittable>,
        LineageVertexProvider {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(GuardedSink.class);

  private final KafkaSink<T> kafka;
  private final KafkaSink<T> transactions;
  private final boolean exactlyOnce;
  private final Set<String> lostTransactions;

  /**
   * Guards a sink.
   *
   * @param kafka writes
   * @param transactions the same as it is exactly once, whose transactions these are
   * @param exactlyOnce whether it is
   * @param lostTransactions the names of those whose loss is accepted
   */
  GuardedSink(
      KafkaSink<T> kafka,
      KafkaSink<T> transactions,
      boolean exactlyOnce,
      Collection<String> lostTransactions) {
    this.kafka = kafka;
    this.transactions = transactions;
    this.exactlyOnce = exactlyOnce;
    this.lostTransactions = Set.copyOf(lostTransactions);
  }

  @Override
  public Writer<T> createWriter(WriterInitContext context) throws IOException {
    return restoreWriter(context, List.of());
  }

  @Override
  public Writer<T> restoreWriter(WriterInitContext context, Collection<KafkaWriterState> states)
      throws IOException {
    try {
      ExactlyOnceWriters.endLeftovers(transactions, context, states);
      return new Writer<>(
          exactlyOnce
              ? ExactlyOnceWriters.start(transactions, context, states)
              : twoPhase().restoreWriter(context, states));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a writer started", e);
    }
  }

  // Kafka's own type of writer is private to its package.
  private TwoPhaseCommittingStatefulSink<T, KafkaWriterState, KafkaCommittable> twoPhase() {
    return kafka;
  }

  @Override
  public SimpleVersionedSerializer<KafkaWriterState> getWriterStateSerializer() {
    return kafka.getWriterStateSerializer();
  }

  @Override
  public Committer<KafkaCommittable> createCommitter(CommitterInitContext context) {
    return new WatchedCommitter(
        transactions.createCommitter(context),
        ExactlyOnceWriters.client(transactions),
        lostTransactions,
        context);
  }

  @Override
  public SimpleVersionedSerializer<KafkaCommittable> getCommittableSerializer() {
    return kafka.getCommittableSerializer();
  }

  @Override
  public void addPostCommitTopology(DataStream<CommittableMessage<KafkaCommittable>> committables) {
    kafka.addPostCommitTopology(committables);
  }

  @Override
  public LineageVertex getLineageVertex() {
    return kafka.getLineageVertex();
  }

  /** A writer that passes everything on, and closes without exceptions. */
  static final class Writer<T>
      implements PrecommittingStatefulSinkWriter<T, KafkaWriterState, KafkaCommittable> {
    private final PrecommittingStatefulSinkWriter<T, KafkaWriterState, KafkaCommittable> kafka;

    Writer(PrecommittingStatefulSinkWriter<T, KafkaWriterState, KafkaCommittable> kafka) {
      this.kafka = kafka;
    }

    @Override
    public void write(T element, Context context) throws IOException, InterruptedException {
      kafka.write(element, context);
    }

    @Override
    public void flush(boolean endOfInput) throws IOException, InterruptedException {
      kafka.flush(endOfInput);
    }

    @Override
    public void writeWatermark(Watermark watermark) throws IOException, InterruptedException {
      kafka.writeWatermark(watermark);
    }

    @Override
    public List<KafkaWriterState> snapshotState(long checkpoint) throws IOException {
      return kafka.snapshotState(checkpoint);
    }

    @Override
    public Collection<KafkaCommittable> prepareCommit() throws IOException, InterruptedException {
      return kafka.prepareCommit();
    }

    @Override
    public void close() {
      try {
        kafka.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Exception e) {
        LOG.warn(
            "A writer did not end its transaction; the next to start does, or else the broker"
                + " after the transaction's timeout: {}",
            e.toString());
      }
    }
  }
}
