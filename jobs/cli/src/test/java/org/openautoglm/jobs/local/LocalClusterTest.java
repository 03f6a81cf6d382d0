package org.openautoglm.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;

@Timeout(120)
class LocalClusterTest {
  private static final JobDefinition ENDLESS =
      (env, configuration) -> {
        env.enableCheckpointing(100);
        env.fromSequence(0, Long.MAX_VALUE)
            .uid("numbers")
            .sinkTo(new DiscardingSink<>())
            .uid("nowhere");
      };

  @TempDir Path data;

  @Test
  void runsAJobShowsItsPageAndGoesOnFromItsLastCheckpoint() throws Exception {
    JobConfiguration configuration = configuration();
    Path spaced = Files.createDirectory(data.resolve("with space 文")).toRealPath();
    try (LocalCluster cluster = LocalCluster.start(spaced, 0, 1)) {
      cluster.submit(ENDLESS, configuration);
      until(cluster::isRunning);

      assertThat(get(cluster.webPage() + "/"))
          .contains("<title>Apache Flink Web Dashboard</title>");
      assertThat(get(cluster.webPage() + "/jobs")).contains("RUNNING");
      until(() -> RetainedCheckpoints.newest(spaced.resolve("checkpoints")).isPresent());
    }
    Path kept = RetainedCheckpoints.newest(spaced.resolve("checkpoints")).orElseThrow();
    assertThat(Files.exists(kept.resolve("_metadata"))).isTrue();
    try (LocalCluster cluster = LocalCluster.start(spaced, 0, 1)) {
      cluster.submit(ENDLESS, configuration);
      until(cluster::isRunning);
      assertThat(get(cluster.webPage() + "/jobs/" + onlyJob(cluster) + "/checkpoints"))
          .contains("\"external_path\":\"file:" + kept);
    }
  }

  @Test
  void saysWhyAJobFailsOverAndOver() throws Exception {
    try (LocalCluster cluster = LocalCluster.start(data, 0, 1)) {
      cluster.submit(
          (env, configuration) ->
              env.fromSequence(0, 9)
                  .uid("numbers")
                  .map(failing())
                  .uid("failing")
                  .sinkTo(new DiscardingSink<>())
                  .uid("nowhere"),
          configuration());
      until(() -> !cluster.failures().isEmpty());
      assertThat(cluster.failures().get(0)).isEqualTo("the model is not there");
      assertThat(cluster.isEnded()).isFalse();
    }
  }

  @Test
  void takesTheOneConfigurationOfFlink() throws Exception {
    var configuration = FlinkConfiguration.load();
    assertThat(configuration.get(PipelineOptions.GENERIC_TYPES)).isFalse();
    assertThat(configuration.get(PipelineOptions.AUTO_GENERATE_UIDS)).isFalse();
    assertThat(configuration.get(PipelineOptions.OBJECT_REUSE)).isTrue();
    assertThat(configuration.get(CheckpointingOptions.INCREMENTAL_CHECKPOINTS)).isTrue();
  }

  private static MapFunction<Long, Long> failing() {
    return number -> {
      throw new IllegalStateException("the model is not there");
    };
  }

  private static JobConfiguration configuration() throws Exception {
    return ConfigurationFile.parse(
        "models: [{model_name: a, task_type: embedding, path: b}]", Map.of());
  }

  private static String onlyJob(LocalCluster cluster) throws Exception {
    String jobs = get(cluster.webPage() + "/jobs");
    return jobs.replaceAll(".*\"id\":\"([0-9a-f]+)\".*", "$1");
  }

  private static String get(String uri) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(java.net.URI.create(uri)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private static void until(Condition condition) throws IOException {
    while (!condition.holds()) {
      LockSupport.parkNanos(20_000_000);
    }
  }

  private interface Condition {
    boolean holds() throws IOException;
  }
}
