package org.openautoglm.jobs.kafka.start;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.openautoglm.jobs.kafka.transactions.NotedLosses;

/**
 * Kafka's reader, which holds restored partitions back until the enumerator has looked at this
 * start, and then looks whether their topics reach as far as the job has read. Offsets beyond the
 * end are another topic's, and end the job for good; Kafka's consumer would start from the first
 * record that is there, and not say so.
 *
 * <p>It tells the enumerator of transactions that an earlier attempt has lost in this process.
 *
 * <p>All methods are called by the task's thread. State: Kafka's, and what is held back.
 */
@SuppressWarnings("try") // What closing throws is its base type's.
final class CheckedReader<T> implements SourceReader<T, KafkaPartitionSplit> {
  private final SourceReader<T, KafkaPartitionSplit> kafka;
  private final SourceReaderContext context;
  private final Properties client;
  private final List<KafkaPartitionSplit> held = new ArrayList<>();
  private final CompletableFuture<Void> admitted = new CompletableFuture<>();

  CheckedReader(
      SourceReader<T, KafkaPartitionSplit> kafka, SourceReaderContext context, Properties client) {
    this.kafka = kafka;
    this.context = context;
    this.client = client;
  }

  @Override
  public void addSplits(List<KafkaPartitionSplit> splits) {
    if (!admitted.isDone()) {
      held.addAll(splits);
      return;
    }
    Map<TopicPartition, Long> positions = new HashMap<>();
    for (KafkaPartitionSplit split : splits) {
      // Negative ones are words, such as "earliest".
      if (split.getStartingOffset() >= 0) {
        positions.put(split.getTopicPartition(), split.getStartingOffset());
      }
    }
    if (!positions.isEmpty()) {
      look(positions);
    }
    kafka.addSplits(splits);
  }

  @Override
  public void handleSourceEvents(SourceEvent event) {
    if (!(event instanceof Admitted)) {
      kafka.handleSourceEvents(event);
    } else if (admitted.complete(null) && !held.isEmpty()) {
      addSplits(List.copyOf(held));
      held.clear();
    }
  }

  private void look(Map<TopicPartition, Long> positions) {
    try (Admin admin = Admin.create(client)) {
      StartGuard.requireInRange(positions, PromptTopics.ranges(admin, positions.keySet()));
    } catch (StartRefusedException e) {
      throw e.forGood();
    } catch (ExecutionException e) {
      throw new FlinkRuntimeException("the brokers do not say what offsets there are", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FlinkRuntimeException("interrupted", e);
    }
  }

  @Override
  public void start() {
    NotedLosses lost = NotedLosses.of(context.metricGroup());
    if (!lost.names().isEmpty()) {
      context.sendSourceEventToCoordinator(lost);
    }
    kafka.start();
  }

  @Override
  public InputStatus pollNext(ReaderOutput<T> output) throws Exception {
    return admitted.isDone() ? kafka.pollNext(output) : InputStatus.NOTHING_AVAILABLE;
  }

  @Override
  public List<KafkaPartitionSplit> snapshotState(long checkpoint) {
    List<KafkaPartitionSplit> splits = new ArrayList<>(held);
    splits.addAll(kafka.snapshotState(checkpoint));
    return splits;
  }

  @Override
  public CompletableFuture<Void> isAvailable() {
    return admitted.isDone() ? kafka.isAvailable() : admitted;
  }

  @Override
  public void notifyNoMoreSplits() {
    kafka.notifyNoMoreSplits();
  }

  @Override
  public void pauseOrResumeSplits(Collection<String> toPause, Collection<String> toResume) {
    kafka.pauseOrResumeSplits(toPause, toResume);
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) throws Exception {
    kafka.notifyCheckpointComplete(checkpoint);
  }

  @Override
  public void notifyCheckpointAborted(long checkpoint) throws Exception {
    kafka.notifyCheckpointAborted(checkpoint);
  }

  @Override
  public void close() throws Exception {
    kafka.close();
  }
}
