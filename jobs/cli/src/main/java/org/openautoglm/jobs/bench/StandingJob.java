package org.openautoglm.jobs.bench;

import java.io.IOException;
import java.util.List;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.local.JobDefinition;
import org.openautoglm.jobs.local.LocalCluster;

/**
 * A job that stays deployed while it is measured again and again, as jobs do: what it costs to
 * start, and to compile once more, is not in its pace. Prompts of a round become visible to it all
 * at once.
 */
final class StandingJob implements AutoCloseable {
  /** Of a round's results, those of which the first are left out: batches and buffers fill. */
  private static final double LEFT_OUT = 0.15;

  private final LocalCluster cluster;
  private final BenchTopics topics;
  private final List<byte[]> prompts;

  /**
   * @param cluster will run the job, on these topics
   * @param prompts the records' values, published again and again
   */
  StandingJob(LocalCluster cluster, BenchTopics topics, List<byte[]> prompts) {
    this.cluster = cluster;
    this.topics = topics;
    this.prompts = prompts;
  }

  /** Deploys it. */
  void submit(JobDefinition job, JobConfiguration configuration) throws IOException {
    cluster.submit(job, configuration);
  }

  /** The results a second of a round of so many prompts. */
  double pace(int count) throws IOException {
    topics.clear();
    topics.fill(prompts, count);
    return topics.resultsPerSecond(count, LEFT_OUT);
  }

  /** Gives it so many prompts, on topics that are empty then. */
  void publish(int count) throws IOException {
    topics.clear();
    topics.fill(prompts, count);
  }

  /** Waits until so many are answered, since {@link #publish}. */
  void awaitResults(int count) throws IOException {
    topics.resultsPerSecond(count, LEFT_OUT);
  }

  /** What it reads and writes. */
  BenchTopics topics() {
    return topics;
  }

  @Override
  public void close() throws IOException {
    cluster.close();
    topics.delete();
  }
}
