package org.openautoglm.jobs.cluster;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.openautoglm.jobs.local.TemporaryDirectory;

/**
 * A Flink cluster of this machine: a JobManager and TaskManagers, each a JVM with a keeper that
 * starts it again when it dies. They live on when the command that started them has ended.
 */
public final class LocalFlink {
  private static final String JOB_MANAGER = "jobmanager";
  private static final String TASK_MANAGER = "taskmanager-";
  private static final String PLUGIN = "autoglm-flink-lib.jar";

  private final Installation installation;
  private final ClusterDirectory directory;

  public LocalFlink(Installation installation, ClusterDirectory directory) {
    this.installation = installation;
    this.directory = directory;
  }

  public ClusterDirectory directory() {
    return directory;
  }

  /**
   * Starts the cluster's processes; they may not serve yet. What a cluster that crashed was running
   * goes on.
   *
   * @return the URL of its REST interface
   * @throws IOException when one runs already or cannot start; the message is for people
   */
  @SuppressWarnings("try") // The lock is held, not used.
  public String start(ClusterSettings settings) throws IOException {
    try (FileChannel lock = directory.lock()) {
      List<ClusterProcess> running = running();
      if (!running.isEmpty()) {
        throw new IOException(
            "a cluster runs here already (%s); `autoglm cluster stop` ends it"
                .formatted(names(running)));
      }
      Configuration flink = ClusterConfiguration.of(installation, directory, settings);
      prepare(flink);
      ClusterCommands commands = new ClusterCommands(flink, directory, jvmOptions());
      keep(JOB_MANAGER, commands.jobManager(JOB_MANAGER));
      for (int i = 1; i <= settings.taskManagers(); i++) {
        String name = TASK_MANAGER + i;
        List<String> command = new ArrayList<>(commands.taskManager(name));
        if (settings.pinned()) {
          int core = (i - 1) % Runtime.getRuntime().availableProcessors();
          command.addAll(0, List.of("taskset", "-c", Integer.toString(core)));
        }
        keep(name, command);
      }
      return ClusterConfiguration.url(flink);
    }
  }

  /** The URL of the REST interface of the cluster that was started last, if some of it runs. */
  public Optional<String> url() throws IOException {
    return running().isEmpty()
        ? Optional.empty()
        : Optional.of(ClusterConfiguration.url(ClusterConfiguration.read(directory)));
  }

  /** The processes that were started, in order, whether they still run or not. */
  public List<ClusterProcess> processes() throws IOException {
    if (!Files.isDirectory(directory.processes())) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory.processes())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".starts") && !name.startsWith("."))
          .map(name -> name.substring(0, name.length() - ".starts".length()))
          .sorted()
          .map(name -> new ClusterProcess(name, directory.processes()))
          .toList();
    }
  }

  /**
   * Ends every process, those of a cluster that is half dead too, and forgets its jobs; their
   * checkpoints and savepoints stay.
   *
   * @return the names of the processes that ran
   */
  @SuppressWarnings("try") // The lock is held, not used.
  public List<String> stop(Duration patience) throws IOException {
    try (FileChannel lock = directory.lock()) {
      List<ClusterProcess> running = running();
      List<ProcessHandle> handles = new ArrayList<>();
      for (ClusterProcess each : running) {
        each.keeper().ifPresent(handles::add);
        each.process().ifPresent(handles::add);
      }
      // Keepers first: they pass the request on, and start nothing again.
      Processes.end(handles, patience);
      if (Files.isDirectory(directory.processes())) {
        TemporaryDirectory.delete(directory.processes());
      }
      for (Path each : List.of(directory.availability(), directory.temporary())) {
        if (Files.isDirectory(each)) {
          TemporaryDirectory.delete(each);
        }
      }
      return running.stream().map(ClusterProcess::name).toList();
    }
  }

  private List<ClusterProcess> running() throws IOException {
    List<ClusterProcess> running = new ArrayList<>();
    for (ClusterProcess each : processes()) {
      if (each.keeper().isPresent() || each.process().isPresent()) {
        running.add(each);
      }
    }
    return running;
  }

  private static String names(List<ClusterProcess> processes) {
    return processes.stream().map(ClusterProcess::name).collect(Collectors.joining(", "));
  }

  private void prepare(Configuration flink) throws IOException {
    if (Files.isDirectory(directory.processes())) {
      // Of a cluster that is dead; nothing of it runs.
      TemporaryDirectory.delete(directory.processes());
    }
    for (Path each :
        List.of(
            directory.processes(),
            directory.logs(),
            directory.lib(),
            directory.plugins().resolve("autoglm"),
            directory.temporary())) {
      Files.createDirectories(each);
    }
    ClusterConfiguration.write(flink, installation, directory);
    // Copies, so that a later build does not change jars under running processes.
    for (Path each : List.of(directory.lib(), directory.plugins().resolve("autoglm"))) {
      Files.copy(
          installation.flinkLib(), each.resolve(PLUGIN), StandardCopyOption.REPLACE_EXISTING);
    }
    try (InputStream script = LocalFlink.class.getResourceAsStream("keep.sh")) {
      Files.copy(script, directory.root().resolve("keep.sh"), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private List<String> jvmOptions() throws IOException {
    return NativeLibraries.onnxRuntime(installation.flinkClassPath(), directory.natives())
        .map(folder -> List.of("-Donnxruntime.native.path=" + folder))
        .orElse(List.of());
  }

  private void keep(String name, List<String> command) throws IOException {
    List<String> kept = new ArrayList<>(Processes.ownSession());
    kept.addAll(
        List.of(
            "sh",
            directory.root().resolve("keep.sh").toString(),
            name,
            directory.processes().toString(),
            directory.logs().resolve(name + ".out").toString()));
    kept.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(kept);
    builder.directory(directory.root().toFile());
    // In the environment: ONNX Runtime 1.29 crashes where command lines are long.
    builder.environment().put("CLASSPATH", classPath());
    builder.environment().put("ORT_DISABLE_TELEMETRY", "1");
    builder.environment().put("FLINK_PLUGINS_DIR", directory.plugins().toString());
    builder.environment().put("FLINK_CONF_DIR", directory.configuration().toString());
    // glibc has eight arenas a core, and what one job's threads free in theirs is of no use to the
    // next job's: as if it leaked. Flink's image has jemalloc instead.
    builder.environment().putIfAbsent("MALLOC_ARENA_MAX", "2");
    // Where the tokenizer's library is unpacked to, by whoever comes first.
    builder.environment().put("ENGINE_CACHE_DIR", directory.natives().toString());
    File nowhere = new File("/dev/null");
    builder.redirectInput(nowhere).redirectOutput(nowhere).redirectError(nowhere);
    // Known by its files from now on; the keeper writes them again when it has begun.
    ClusterProcess process = new ClusterProcess(name, directory.processes());
    Files.writeString(directory.processes().resolve(name + ".starts"), "0\n");
    Files.writeString(process.keeperFile(), builder.start().pid() + "\n");
  }

  private String classPath() {
    return Stream.concat(
            Stream.of(directory.lib().resolve(PLUGIN)), installation.flinkClassPath().stream())
        .map(Path::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }
}
