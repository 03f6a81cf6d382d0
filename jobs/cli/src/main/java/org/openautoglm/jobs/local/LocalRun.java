package org.openautoglm.jobs.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.preflight.Preflight;

/**
 * Everything in one process: a broker, the topics, a Flink cluster and the job. A run in the
 * directory of an earlier one goes on where that ended.
 */
public final class LocalRun implements AutoCloseable {

  /**
   * Where a run lies and serves.
   *
   * @param data its directory; empty: a temporary one
   * @param kafkaPort 0 takes a free one
   * @param uiPort 0 takes a free one
   */
  public record Place(Optional<Path> data, int kafkaPort, int uiPort) {}

  private final Path data;
  private final boolean ownsData;
  private EmbeddedBroker broker;
  private LocalCluster cluster;

  private LocalRun(Path data, boolean ownsData) {
    this.data = data;
    this.ownsData = ownsData;
  }

  /**
   * Starts a run; its job may still be loading its models.
   *
   * @param configuration its brokers are replaced by the embedded one
   * @throws IOException when a port or the directory is in use; the message is for people
   */
  public static LocalRun start(JobDefinition job, JobConfiguration configuration, Place place)
      throws IOException {
    Path data =
        place.data().isPresent()
            ? Files.createDirectories(place.data().get()).toRealPath()
            : Files.createTempDirectory("autoglm");
    LocalRun run = new LocalRun(data, place.data().isEmpty());
    try {
      run.startParts(job, configuration, place);
      return run;
    } catch (IOException | RuntimeException e) {
      run.close();
      throw e;
    }
  }

  private void startParts(JobDefinition job, JobConfiguration configuration, Place place)
      throws IOException {
    int parallelism =
        configuration.parallelism().orElse(Runtime.getRuntime().availableProcessors());
    LocalPort.requireFree(place.uiPort());
    broker = EmbeddedBroker.start(Optional.of(data.resolve("kafka")), place.kafkaPort());
    Map<String, Integer> topics = new LinkedHashMap<>();
    configuration.kafka().topics().names().forEach(topic -> topics.put(topic, parallelism));
    broker.createTopics(topics);
    JobConfiguration here = configuration.withOpenBroker(broker.bootstrapServers());
    Preflight.usual().require(here);
    cluster = LocalCluster.start(data, place.uiPort(), parallelism);
    cluster.submit(job, here);
  }

  /** Where clients connect: {@code HOST:PORT}. */
  public String bootstrapServers() {
    return broker.bootstrapServers();
  }

  /** Flink's web page. */
  public URI webPage() throws IOException {
    return cluster.webPage();
  }

  /** Whether every task of the job runs. */
  public boolean isRunning() throws IOException {
    return cluster.isRunning();
  }

  /** Whether the job has ended and will not run again. */
  public boolean isEnded() throws IOException {
    return cluster.isEnded();
  }

  /** Whether the job has read all that it was to read, and answered it. */
  public boolean isFinished() throws IOException {
    return cluster.isFinished();
  }

  /** Why the job failed so far, oldest first, one message for each restart. */
  public List<String> failures() throws IOException {
    return cluster.failures();
  }

  /** Ends the job first, so that it can still commit, then the broker. */
  @Override
  public void close() {
    try {
      if (cluster != null) {
        cluster.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (broker != null) {
        broker.close();
      }
      if (ownsData) {
        TemporaryDirectory.delete(data);
      }
    }
  }
}
