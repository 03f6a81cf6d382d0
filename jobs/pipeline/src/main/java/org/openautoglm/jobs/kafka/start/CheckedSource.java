package org.openautoglm.jobs.kafka.start;

import java.io.IOException;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.lineage.LineageVertex;
import org.apache.flink.streaming.api.lineage.LineageVertexProvider;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.clients.KafkaClients;
import org.openautoglm.jobs.kafka.reading.GuardedSource;

/**
 * Kafka's source, which reads nothing until the start has been looked at.
 *
 * <p>Only here, in the job itself, is it known for certain whether there is state: a client does
 * not see what high availability will restore. Before the first partition is given out it holds
 * that
 *
 * <ul>
 *   <li>no other job runs that shares a group, transactions or both ends with this one;
 *   <li>the state, if there is any, is of a job of this name, and its topics are the same still;
 *   <li>without state, the group has not read before, unless the start is said to be a fresh one;
 *   <li>offsets are within what the topics hold.
 * </ul>
 *
 * <p>What does not hold ends the job for good, with the way out. State is Kafka's own, with the
 * name and the topics' ids beside it, and earlier and later versions read each other's.
 *
 * @param <T> what is read
 */
public final class CheckedSource<T>
    implements Source<T, KafkaPartitionSplit, CheckedState>,
        ResultTypeQueryable<T>,
        LineageVertexProvider {
  private static final long serialVersionUID = 1L;

  private final GuardedSource<T> kafka;
  private final StartGuard guard;
  private final JobCard job;
  private final Properties client;

  /** Guards a source of a job's prompts. */
  public CheckedSource(GuardedSource<T> kafka, JobConfiguration job, StartOptions options) {
    this.kafka = kafka;
    this.guard = new StartGuard(job.name(), job.kafka().groupId(), options);
    this.job = JobCard.of(job);
    this.client = KafkaClients.admin(job.kafka());
  }

  @Override
  public Boundedness getBoundedness() {
    return kafka.getBoundedness();
  }

  @Override
  public SourceReader<T, KafkaPartitionSplit> createReader(SourceReaderContext context)
      throws Exception {
    return new CheckedReader<>(kafka.createReader(context), context, client);
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, CheckedState> createEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context) {
    return new CheckedEnumerator(
        kafka.createEnumerator(context), context, guard, job, client, Optional.empty());
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, CheckedState> restoreEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context, CheckedState state) throws IOException {
    return new CheckedEnumerator(
        kafka.restoreEnumerator(context, state.kafka()),
        context,
        guard,
        job,
        client,
        Optional.of(state));
  }

  @Override
  public SimpleVersionedSerializer<KafkaPartitionSplit> getSplitSerializer() {
    return kafka.getSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<CheckedState> getEnumeratorCheckpointSerializer() {
    return new CheckedStateSerializer();
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
