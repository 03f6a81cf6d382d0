package org.openautoglm.jobs.processes;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.openautoglm.jobs.cluster.ClusterDirectory;
import org.openautoglm.jobs.cluster.ClusterProcess;
import org.openautoglm.jobs.cluster.ClusterSettings;
import org.openautoglm.jobs.cluster.ClusterStart;
import org.openautoglm.jobs.cluster.FlinkRest;
import org.openautoglm.jobs.cluster.Installation;
import org.openautoglm.jobs.cluster.JobSubmission;
import org.openautoglm.jobs.cluster.JobSubmission.StartingPoint;
import org.openautoglm.jobs.cluster.JobWatch;
import org.openautoglm.jobs.cluster.LocalFlink;
import org.openautoglm.jobs.cluster.TestInstallation;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.preflight.Preflight;
import org.openautoglm.jobs.kafka.start.OneOfItsName;
import org.openautoglm.jobs.kafka.start.StartOptions;
import org.openautoglm.jobs.local.FlinkConfiguration;
import org.openautoglm.jobs.local.JobDefinition;
import org.openautoglm.jobs.local.RetainedCheckpoints;
import org.openautoglm.jobs.topology.InferenceJob;

/** The cluster under test and its one job: what can be done to them. */
final class ProcessCluster implements AutoCloseable {
  static final Duration HEARTBEAT = Duration.ofSeconds(8);

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final int taskManagers;
  private final LocalFlink flink;
  private final Installation installation;
  private final Path jar;
  private final String url;
  private JobID job;
  private int upgrades;

  private ProcessCluster(
      int taskManagers, LocalFlink flink, Installation installation, Path jar, String url) {
    this.taskManagers = taskManagers;
    this.flink = flink;
    this.installation = installation;
    this.jar = jar;
    this.url = url;
  }

  /** Starts small TaskManagers, each with two slots. */
  static ProcessCluster start(Path directory, int taskManagers) throws Exception {
    return start(directory, taskManagers, Map.of());
  }

  /** Starts TaskManagers of one slot, each on a core of its own. */
  static ProcessCluster startPinned(Path directory, int taskManagers) throws Exception {
    return start(directory, new ClusterSettings(taskManagers, 1, 0, true, small(Map.of())));
  }

  /**
   * Starts small TaskManagers, each with two slots.
   *
   * @param options further ones of Flink's
   */
  static ProcessCluster start(Path directory, int taskManagers, Map<String, String> options)
      throws Exception {
    return start(directory, new ClusterSettings(taskManagers, 2, 0, false, small(options)));
  }

  private static ProcessCluster start(Path directory, ClusterSettings settings) throws Exception {
    Installation installation = TestInstallation.layOut();
    LocalFlink flink = new LocalFlink(installation, new ClusterDirectory(directory));
    String url = flink.start(settings);
    ProcessCluster cluster =
        new ProcessCluster(
            settings.taskManagers(), flink, installation, directory.resolve("job.jar"), url);
    new ClusterStart(flink, url, settings.taskManagers()).await(ProcessCluster::pause);
    return cluster;
  }

  private static Map<String, String> small(Map<String, String> options) {
    Map<String, String> all = new HashMap<>(options);
    all.putAll(
        Map.of(
            "heartbeat.timeout", HEARTBEAT.toSeconds() + "s",
            "taskmanager.memory.process.size", "1400m",
            "taskmanager.memory.task.off-heap.size", "300m",
            "taskmanager.memory.managed.size", "64m",
            "taskmanager.memory.network.min", "32m",
            "taskmanager.memory.network.max", "32m",
            "jobmanager.memory.process.size", "900m",
            "env.java.opts.all", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"));
    return all;
  }

  /**
   * Starts small TaskManagers, with as many slots each as two of them need.
   *
   * @param reports where a JVM that crashes says why
   */
  static ProcessCluster startRoomy(Path directory, int taskManagers, Path reports)
      throws Exception {
    Map<String, String> options =
        Map.of(
            "env.java.opts.taskmanager",
            "-XX:ErrorFile=" + Files.createDirectories(reports).resolve("hs_err_pid%p.log"),
            "rest.cache.checkpoint-statistics.timeout",
            "10ms");
    return start(directory, new ClusterSettings(taskManagers, 4, 0, false, small(options)));
  }

  /** Sends the job, at a parallelism, in the jar of the newest version. */
  void submit(JobConfiguration configuration, Optional<String> savepoint) throws Exception {
    submit(configuration, savepoint, StartOptions.USUAL, InferenceJob::define, List.of());
  }

  /** Sends the job without the state of an earlier one. */
  void submitFresh(JobConfiguration configuration) throws Exception {
    submit(
        configuration,
        Optional.empty(),
        new StartOptions(true, ""),
        InferenceJob::define,
        List.of());
  }

  /**
   * Sends a job in the jar of the newest version.
   *
   * @param classes of the test's that its tasks need, beside those of the jar
   */
  void submit(
      JobConfiguration configuration,
      Optional<String> savepoint,
      StartOptions start,
      JobDefinition definition,
      List<Class<?>> classes)
      throws Exception {
    Files.copy(installation.jobJar(), jar, StandardCopyOption.REPLACE_EXISTING);
    try (FileSystem files = FileSystems.newFileSystem(jar)) {
      // Another version has other bytes, and so another class loader and another blob.
      Files.writeString(files.getPath("META-INF", "version"), Integer.toString(upgrades++));
      for (Class<?> each : classes) {
        String name = each.getName().replace('.', '/') + ".class";
        Path inJar = files.getPath(name);
        Files.createDirectories(inJar.getParent());
        try (InputStream bytes = each.getClassLoader().getResourceAsStream(name)) {
          Files.copy(bytes, inJar, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
    Configuration options = FlinkConfiguration.ofJobs();
    options.addAll(start.toConfiguration());
    options.setString("restart-strategy.exponential-delay.max-backoff", "2s");
    options.setString("execution.checkpointing.tolerable-failed-checkpoints", "3");
    try (FlinkRest rest = rest()) {
      JobSubmission submission =
          new JobSubmission(
              configuration, options, savepoint.map(path -> new StartingPoint(path, false)));
      job = rest.submit(submission.graph(definition, 1), jar);
      new JobWatch(rest, job, System.out::println).awaitRunning(ProcessCluster::pause);
    }
  }

  /**
   * Looks whether another job may start and sends it, without state, as {@code submit} does; it
   * must be refused. What is said of it.
   */
  String refusal(JobConfiguration configuration, JobDefinition definition, List<Class<?>> classes)
      throws Exception {
    JobID own = job;
    try {
      Preflight.usual().and(new OneOfItsName(Optional.empty())).require(configuration);
      submit(configuration, Optional.empty(), StartOptions.USUAL, definition, classes);
    } catch (IOException e) {
      return e.getMessage();
    } finally {
      job = own;
    }
    throw new AssertionError("a job runs that must be refused");
  }

  /** Ends the job with a savepoint; tries again while a task has yet to start. */
  String stopWithSavepoint() {
    String savepoint = savepointAtEnd();
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              try (FlinkRest rest = rest()) {
                return rest.status(job).isGloballyTerminalState();
              }
            });
    return savepoint;
  }

  private String savepointAtEnd() {
    return await()
        .atMost(PATIENCE)
        .ignoreExceptionsMatching(e -> e.getMessage().contains("Not all required tasks"))
        .until(
            () -> {
              try (FlinkRest rest = rest()) {
                return rest.savepoint(job, Optional.empty(), SavepointFormatType.CANONICAL, true);
              }
            },
            path -> true);
  }

  void cancel() throws IOException {
    try (FlinkRest rest = rest()) {
      rest.cancel(job);
      await().atMost(PATIENCE).until(() -> rest.status(job).isGloballyTerminalState());
    }
  }

  /** A process that runs now. */
  ProcessHandle process(String name) {
    ClusterProcess process = new ClusterProcess(name, flink.directory().processes());
    return await().atMost(PATIENCE).until(process::process, Optional::isPresent).orElseThrow();
  }

  /** The processor time that the TaskManagers have taken since they began. */
  Duration taskManagersCpu() {
    return taskManagers().stream()
        .map(name -> process(name).info().totalCpuDuration().orElseThrow())
        .reduce(Duration.ZERO, Duration::plus);
  }

  /** The names of the TaskManagers. */
  List<String> taskManagers() {
    return IntStream.rangeClosed(1, taskManagers).mapToObj(i -> "taskmanager-" + i).toList();
  }

  /** Sends processes a signal, such as STOP. */
  void signal(String signal, List<String> names) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
    names.forEach(name -> command.add(Long.toString(process(name).pid())));
    Process kill = new ProcessBuilder(command).inheritIO().start();
    if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + " failed");
    }
  }

  /** The newest checkpoint or savepoint that a job of a name has left. */
  Path newestKept(String name) throws IOException {
    ClusterDirectory kept = flink.directory();
    return RetainedCheckpoints.newestOf(name, kept.checkpoints(), kept.savepoints());
  }

  /** When the last complete checkpoint began, milliseconds since the epoch; 0 for none. */
  long lastCheckpointBeganMs() throws IOException {
    return checkpoints().required("latest").path("completed").path("trigger_timestamp").asLong();
  }

  /** The log of a process. */
  Path log(String name) {
    return flink.directory().logs().resolve(name + ".log");
  }

  /** Waits until a process has been started again, and every TaskManager is there. */
  void awaitWhole() {
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              try (FlinkRest rest = rest()) {
                return rest.overview().getNumTaskManagersConnected() == taskManagers
                    && rest.isRunning(job);
              }
            });
  }

  /** The TaskManager that has most of the job's tasks. */
  String busiest() throws IOException {
    String name = "";
    int least = Integer.MAX_VALUE;
    try (InputStream answer = URI.create(url + "/taskmanagers").toURL().openStream()) {
      for (JsonNode each : new ObjectMapper().readTree(answer).required("taskmanagers")) {
        if (each.required("freeSlots").asInt() < least) {
          least = each.required("freeSlots").asInt();
          name = each.required("id").asText();
        }
      }
    }
    return name;
  }

  /** What Flink tells about the job's checkpoints, as its REST interface writes it. */
  JsonNode checkpoints() throws IOException {
    URI address = URI.create(url + "/jobs/" + job + "/checkpoints");
    try (InputStream answer = address.toURL().openStream()) {
      return new ObjectMapper().readTree(answer);
    }
  }

  private FlinkRest rest() throws IOException {
    return FlinkRest.open(url, new Configuration());
  }

  private static boolean pause() {
    await().pollDelay(Duration.ofMillis(200)).until(() -> true);
    return true;
  }

  @Override
  public void close() throws IOException {
    flink.stop(Duration.ofSeconds(20));
  }
}
