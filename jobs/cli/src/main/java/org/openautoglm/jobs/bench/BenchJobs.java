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

/** Runs jobs on one embedded broker, each on fresh topics and a cluster of its own. */
final class BenchJobs implements AutoCloseable {
  /** The first results, while the JVM warms up and the job starts, are left out of a pace. */
  private static final double WARM_UP_SHARE = 0.5;

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
   * Starts a job that stays until it is closed.
   *
   * @param prompts the values of the records that it will be given, again and again
   */
  StandingJob start(JobDefinition job, List<byte[]> prompts, String models) throws Exception {
    BenchTopics topics = new BenchTopics(broker, 1);
    JobConfiguration configuration = configuration(topics.names(), "exactly_once", 1, models);
    StandingJob standing = new StandingJob(cluster(configuration), topics, prompts);
    try {
      standing.submit(job, configuration);
    } catch (IOException e) {
      standing.close();
      throw e;
    }
    return standing;
  }

  /** The results a second of a job that finds so many prompts there, the given ones in turn. */
  double resultsPerSecond(
      JobDefinition job, List<byte[]> prompts, int count, int parallelism, String models)
      throws Exception {
    BenchTopics topics = new BenchTopics(broker, parallelism);
    topics.fill(prompts, count);
    double[] perSecond = new double[1];
    run(
        job,
        configuration(topics.names(), "exactly_once", parallelism, models),
        () -> perSecond[0] = topics.resultsPerSecond(count, WARM_UP_SHARE));
    return perSecond[0];
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
    try (LocalCluster cluster = cluster(configuration)) {
      cluster.submit(job, configuration);
      body.run();
    }
  }

  private LocalCluster cluster(JobConfiguration configuration) throws IOException {
    Path data = Files.createDirectories(directory.resolve("run-" + runs++));
    return LocalCluster.start(data, 0, configuration.parallelism().orElseThrow());
  }

  private JobConfiguration configuration(
      Topics topics, String delivery, int parallelism, String models)
      throws ConfigurationException {
    String yaml =
        """
        name: %s
        kafka:
          bootstrap_servers: %s
          topics: {prompts: %s, results: %s, audit: %s, dead_letters: %s}
        delivery: %s
        parallelism: %d
        models:
        %s
        """
            .formatted(
                // Each run reads from the start, whoever has read these prompts before.
                "of-" + topics.results(),
                broker.bootstrapServers(),
                topics.prompts(),
                topics.results(),
                topics.audit(),
                topics.deadLetters(),
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
