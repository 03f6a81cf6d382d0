package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ConfigurationUtils;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.openautoglm.flink.gpu.GpuDriverFactory;
import org.openautoglm.flink.ha.FileHaServicesFactory;
import org.openautoglm.jobs.local.LocalPort;

/**
 * The configuration of a cluster on this machine: {@code flink-conf/config.yaml}, and over it what
 * belongs to the place.
 */
final class ClusterConfiguration {
  private static final String GPU_DRIVER = "external-resource.gpu.driver-factory.class";
  private static final String ADDRESS = "127.0.0.1";
  private static final List<String> LOGGING = List.of("log4j-json.properties");

  private ClusterConfiguration() {}

  /** Makes it; ports that are to be free are chosen now. */
  static Configuration of(
      Installation installation, ClusterDirectory directory, ClusterSettings settings)
      throws IOException {
    LocalPort.requireFree(settings.port());
    int rest = settings.port() == 0 ? LocalPort.free() : settings.port();
    int rpc = LocalPort.free();
    Configuration flink =
        GlobalConfiguration.loadConfiguration(installation.home().resolve("flink-conf").toString());
    flink.set(JobManagerOptions.ADDRESS, ADDRESS);
    flink.set(JobManagerOptions.BIND_HOST, ADDRESS);
    flink.set(JobManagerOptions.PORT, rpc);
    flink.set(BlobServerOptions.PORT, "0");
    flink.set(RestOptions.ADDRESS, ADDRESS);
    flink.set(RestOptions.BIND_ADDRESS, ADDRESS);
    flink.set(RestOptions.PORT, rest);
    flink.set(RestOptions.BIND_PORT, Integer.toString(rest));
    flink.set(TaskManagerOptions.HOST, ADDRESS);
    flink.set(TaskManagerOptions.BIND_HOST, ADDRESS);
    flink.set(TaskManagerOptions.NUM_TASK_SLOTS, settings.slots());
    flink.set(CoreOptions.DEFAULT_PARALLELISM, settings.taskManagers() * settings.slots());
    flink.set(CoreOptions.TMP_DIRS, directory.temporary().toString());
    flink.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, uri(directory.checkpoints()));
    flink.set(CheckpointingOptions.SAVEPOINT_DIRECTORY, uri(directory.savepoints()));
    flink.set(HighAvailabilityOptions.HA_MODE, FileHaServicesFactory.class.getName());
    flink.set(HighAvailabilityOptions.HA_STORAGE_PATH, uri(directory.availability()));
    // A JobManager that comes back must be found where it was.
    flink.set(HighAvailabilityOptions.HA_JOB_MANAGER_PORT_RANGE, Integer.toString(rpc));
    flink.setString(GPU_DRIVER, GpuDriverFactory.class.getName());
    settings.options().forEach(flink::setString);
    return flink;
  }

  /** Writes it and the logs' configuration to the cluster's directory. */
  static void write(Configuration flink, Installation installation, ClusterDirectory directory)
      throws IOException {
    Path folder = Files.createDirectories(directory.configuration());
    Files.write(
        folder.resolve("config.yaml"),
        ConfigurationUtils.convertConfigToWritableLines(flink, false));
    for (String each : LOGGING) {
      Files.write(
          folder.resolve(each),
          Files.readAllBytes(installation.home().resolve("flink-conf").resolve(each)));
    }
  }

  /** Reads what {@link #write} wrote. */
  static Configuration read(ClusterDirectory directory) {
    return GlobalConfiguration.loadConfiguration(directory.configuration().toString());
  }

  static String url(Configuration flink) {
    return "http://" + flink.get(RestOptions.ADDRESS) + ":" + flink.get(RestOptions.PORT);
  }

  // Flink's paths take spaces and the like as they are, where Java's URIs encode them.
  private static String uri(Path path) {
    return org.apache.flink.core.fs.Path.fromLocalFile(path.toFile()).toString();
  }
}
