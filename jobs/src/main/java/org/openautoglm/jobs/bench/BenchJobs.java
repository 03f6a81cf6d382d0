package org.openautoglm.jobs.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.configuration.KafkaConfiguration.Topics;
import org.openautoglm.jobs.local.EmbeddedBroker;
import org.openautoglm.jobs.local.JobDefinition;
import org.openautoglm.jobs.local.LocalCluster;

/**
 * Runs jobs on the embedded broker, one after the other, each on fresh topics and a cluster of its
 * own.
 */
final class BenchJobs implements AutoCloseable {
  private final Path directory;
  private final EmbeddedBroker broker;
  private int runs;

  BenchJobs(Path directory) throws IOException {
    this.directory = directory;
    broker = EmbeddedBroker.start();
  }

  /** A job while it runs. */
  interface Running {
    /** What is to be done meanwhile. */
    void use(BenchTopics topics) throws Exception;
  }

  /**
   * How fast a job was, and what it wrote.
   *
   * @param perSecond results a second
   * @param topics where the results and audit events are
   */
  record Pace(double perSecond, BenchTopics topics) {}

  /** Fresh topics of one partition with so many prompts, the given ones again and again. */
  BenchTopics filled(List<byte[]> prompts, int count) throws IOException {
    BenchTopics topics = new BenchTopics(broker, 1);
    topics.fill(prompts, count);
    return topics;
  }

  /** The pace of a job on so many prompts that are there already, with output topics of its own. */
  Pace pace(JobDefinition job, BenchTopics prompts, int count, String models) throws Exception {
    return pace(job, prompts.withFreshOutputs(), count, 1, models);
  }

  /** The pace of a job that finds so many prompts there already, the given ones again and again. */
  Pace pace(JobDefinition job, List<byte[]> prompts, int count, int parallelism, String models)
      throws Exception {
    BenchTopics topics = new BenchTopics(broker, parallelism);
    topics.fill(prompts, count);
    return pace(job, topics, count, parallelism, models);
  }

  private Pace pace(
      JobDefinition job, BenchTopics topics, int count, int parallelism, String models)
      throws Exception {
    double[] perSecond = new double[1];
    run(
        job,
        configuration(topics.names(), "exactly_once", parallelism, models),
        () -> perSecond[0] = topics.resultsPerSecond(count));
    return new Pace(perSecond[0], topics);
  }

  /** The results a second of such a job. */
  double resultsPerSecond(
      JobDefinition job, List<byte[]> prompts, int count, int parallelism, String models)
      throws Exception {
    return pace(job, prompts, count, parallelism, models).perSecond();
  }

  /** The results of a job that finds all of these prompts there already, exactly once. */
  List<BenchTopics.Sent> results(JobDefinition job, List<byte[]> prompts, String models)
      throws Exception {
    List<BenchTopics.Sent> results = new ArrayList<>();
    BenchTopics topics = new BenchTopics(broker, 1);
    topics.fill(prompts, prompts.size());
    run(
        job,
        configuration(topics.names(), "exactly_once", 1, models),
        () -> results.addAll(topics.results(prompts.size())));
    return results;
  }

  /** Does something while a job runs at least once, on topics that are empty at first. */
  void whileRunning(JobDefinition job, int parallelism, String models, Running running)
      throws Exception {
    BenchTopics topics = new BenchTopics(broker, parallelism);
    run(
        job,
        configuration(topics.names(), "at_least_once", parallelism, models),
        () -> running.use(topics));
  }

  private interface Body {
    void run() throws Exception;
  }

  private void run(JobDefinition job, JobConfiguration configuration, Body body) throws Exception {
    Path data = Files.createDirectories(directory.resolve("run-" + runs++));
    try (LocalCluster cluster =
        LocalCluster.start(data, 0, configuration.parallelism().orElseThrow())) {
      cluster.submit(job, configuration);
      body.run();
    }
  }

  private JobConfiguration configuration(
      Topics topics, String delivery, int parallelism, String models)
      throws ConfigurationException {
    String yaml =
        """
        kafka:
          bootstrap_servers: %s
          topics: {prompts: %s, results: %s, audit: %s, dead_letters: %s}
          group_id: %s
        delivery: %s
        parallelism: %d
        models:
        %s
        """
            .formatted(
                broker.bootstrapServers(),
                topics.prompts(),
                topics.results(),
                topics.audit(),
                topics.deadLetters(),
                // Each run reads from the start, whoever has read these prompts before.
                "of-" + topics.results(),
                delivery,
                parallelism,
                models.indent(2));
    return ConfigurationFile.parse(yaml, Map.of());
  }

  @Override
  public void close() {
    broker.close();
  }
}
