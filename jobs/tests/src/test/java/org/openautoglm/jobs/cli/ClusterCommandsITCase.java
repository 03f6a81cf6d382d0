package org.openautoglm.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.cluster.ClusterProcess;
import org.openautoglm.jobs.cluster.TestInstallation;
import org.openautoglm.jobs.local.SharedBroker;
import org.openautoglm.jobs.topology.InferenceJob;
import org.openautoglm.operators.testing.TestModels;

/** The README's way through a cluster of processes, by its commands. */
@ExtendWith(SharedBroker.class)
class ClusterCommandsITCase {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path directory;

  private final String bootstrap;
  private final String name;
  private final Map<String, String> topics;
  private Path cluster;

  ClusterCommandsITCase(SharedBroker broker) {
    bootstrap = broker.bootstrapServers();
    topics =
        broker.newTopics(
            Map.of("prompts", 2, "results", 2, "other-results", 2, "audit", 2, "dead-letters", 2));
    name = "job-of-" + topics.get("prompts");
  }

  @BeforeEach
  void install() throws IOException {
    TestInstallation.layOut();
    cluster = Path.of(System.getenv("AUTOGLM_CLUSTER_DIR"));
    succeed("cluster", "stop");
  }

  @AfterEach
  void stop() {
    run("cluster", "stop");
  }

  @Test
  void fromStartToAnswersToSavepointAndBack() throws Exception {
    String url =
        succeed("cluster", "start", "--taskmanagers", "2", "--slots", "1", "--port", "0").out();
    assertThat(url.strip()).matches("http://127\\.0\\.0\\.1:\\d+");
    CommandRun again = run("cluster", "start", "--port", "0");
    assertThat(again.code()).isEqualTo(1);
    assertThat(again.err()).contains("runs here already").contains("cluster stop");
    assertThat(run("savepoint").err()).contains("no job runs");

    String config = configuration(2, TestModels.bgeSmallZh()).toString();
    CommandRun submitted = succeed("submit", "--config", config);
    assertThat(submitted.out().strip()).matches("[0-9a-f]{32}");
    assertThat(succeed("cluster", "status").lines())
        .contains("slots            2 on 2 TaskManager(s), 0 free")
        .contains("job " + submitted.out().strip() + " RUNNING " + name);
    assertThat(run("submit", "--config", config).err())
        .contains("a job named " + name + " runs already")
        .contains("cancel " + name);
    Path other = configuration("another", 2, TestModels.bgeSmallZh());
    assertThat(run("submit", "--config", other.toString()).err()).contains("has both topics");
    Files.writeString(
        other, Files.readString(other).replace(topics.get("results"), topics.get("other-results")));
    assertThat(run("submit", "--config", other.toString()).err())
        .contains("needs 2 slots, but 0 of 2 are free");
    answers("深度学习是什么？", "今天天气很好", "stream processing");
    logsAreJson(submitted.out().strip());

    assertThat(run("savepoint", "another").err()).contains("no job another runs").contains(name);
    String savepoint = succeed("savepoint", "--stop", name).out().strip();
    assertThat(savepoint).startsWith("file:" + cluster.resolve("savepoints"));
    assertThat(run("submit", "--config", config, "--from-savepoint", savepoint + "x").err())
        .contains("FileNotFoundException: Cannot find checkpoint or savepoint");
    // One slot is enough for it now: state follows its keys.
    String smaller = configuration(1, TestModels.bgeSmallZh()).toString();
    CommandRun resumed = succeed("submit", "--config", smaller, "--from-savepoint", savepoint);
    assertThat(resumed.out()).isNotEqualTo(submitted.out());
    answers("and again");
    succeed("cancel", name);
    CommandRun onward = succeed("submit", "--config", smaller, "--resume");
    assertThat(onward.err()).contains("goes on from file:" + cluster.resolve("checkpoints"));
    answers("and once more");

    kill("taskmanager-2");
    CommandRun status = run("cluster", "status");
    assertThat(status.code()).isEqualTo(1);
    assertThat(status.out()).contains("slots            1 on 1 TaskManager(s)");
    assertThat(status.err()).contains("taskmanager-2 is down");
    assertThat(succeed("cluster", "stop").err()).contains("jobmanager").contains("taskmanager-1");
    assertThat(run("cluster", "status").err()).contains("no cluster runs");
    assertThat(run("cancel").err()).contains("no cluster runs here");
  }

  @Test
  void aJobThatCannotRunIsCancelledWithTheReason() throws Exception {
    succeed("cluster", "start", "--slots", "1", "--port", "0", "-D", "restart-strategy.type=none");
    CommandRun run =
        run("submit", "--config", configuration(1, directory.resolve("nothing")).toString());
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("there is no model directory").contains("nothing");
    assertThat(run.out()).as("the id of a job that does not run").isEmpty();
    assertThat(run("submit", "--config", "nothing.yaml").err()).contains("does not exist");
    Path broken = Files.writeString(directory.resolve("broken.yaml"), "modles: []\n");
    assertThat(run("submit", "--config", broken.toString()).err())
        .contains(broken + " has 2 problems:")
        .contains("line 1: modles: is not an option; did you mean models?");
    assertThat(run("submit", "--config", broken.toString(), "--cluster", "http://").code())
        .isEqualTo(1);
    assertThat(run("cancel", "--cluster", "127.0.0.1:1").err())
        .contains("no Flink cluster answers at 127.0.0.1:1");
  }

  /** And its keeper before it, so that nobody starts it again. */
  private void kill(String name) throws IOException {
    ClusterProcess process = new ClusterProcess(name, cluster.resolve("run"));
    process.keeper().orElseThrow().destroyForcibly();
    process.process().orElseThrow().destroyForcibly();
    await().until(() -> process.process().isEmpty() && process.keeper().isEmpty());
  }

  /** Publishes texts and awaits as many new results. */
  private void answers(String... texts) {
    String[] publish = {
      "publish",
      "--bootstrap",
      bootstrap,
      "--topic",
      topics.get("prompts"),
      "--model",
      "bge-small-zh"
    };
    List<String> before = results();
    succeed(Stream.concat(Stream.of(publish), Stream.of(texts)).toArray(String[]::new));
    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(() -> assertThat(results()).hasSize(before.size() + texts.length));
    assertThat(results()).allMatch(line -> line.contains("\"status\":\"OK\""));
  }

  private List<String> results() {
    return succeed(
            "consume",
            "--bootstrap",
            bootstrap,
            "--topic",
            topics.get("results"),
            "--timeout",
            "1s")
        .lines();
  }

  /** Every line of every process: an object with a time, a level and a message. */
  private void logsAreJson(String job) throws IOException {
    int ofTheJob = 0;
    try (Stream<Path> logs = Files.list(cluster.resolve("log"))) {
      for (Path log : logs.filter(file -> file.toString().endsWith(".log")).toList()) {
        List<String> lines = Files.readAllLines(log);
        // The last may be half written.
        for (String line : lines.subList(0, lines.size() - 1)) {
          JsonNode event = JSON.readTree(line);
          Instant.parse(event.required("timestamp").asText());
          assertThat(event.required("level").asText()).matches("INFO|WARN|ERROR");
          assertThat(event.required("message").isTextual()).isTrue();
          boolean task = event.path("thread").asText().contains("micro-batch window");
          if (task && event.path("job").asText().equals(job)) {
            ofTheJob++;
          }
        }
      }
    }
    assertThat(ofTheJob).as("lines of the job's tasks").isPositive();
  }

  private Path configuration(int parallelism, Path model) throws IOException {
    return configuration(name, parallelism, model);
  }

  private Path configuration(String name, int parallelism, Path model) throws IOException {
    return Files.writeString(
        Files.createTempFile(directory, "job", ".yaml"),
        """
        name: %s
        kafka:
          bootstrap_servers: %s
          topics: {prompts: %s, results: %s, audit: %s, dead_letters: %s}
        checkpoint_interval: 500ms
        parallelism: %d
        models:
          - {model_name: bge-small-zh, task_type: embedding, path: '%s', device: cpu, shards: 2}
        """
            .formatted(
                name,
                bootstrap,
                topics.get("prompts"),
                topics.get("results"),
                topics.get("audit"),
                topics.get("dead-letters"),
                parallelism,
                model));
  }

  private static CommandRun succeed(String... args) {
    CommandRun run = run(args);
    assertThat(run.code()).as("%s: %s", String.join(" ", args), run.err()).isZero();
    return run;
  }

  private static CommandRun run(String... args) {
    return CommandRun.of(InferenceJob::define, new Interruption(), args);
  }
}
