package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;

/** Sees a cluster's processes through their start. */
public final class ClusterStart {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int LAST_LINES = 8;

  private final LocalFlink cluster;
  private final String url;
  private final int taskManagers;

  /**
   * @param taskManagers how many must have come
   */
  public ClusterStart(LocalFlink cluster, String url, int taskManagers) {
    this.cluster = cluster;
    this.url = url;
    this.taskManagers = taskManagers;
  }

  /**
   * Waits until the JobManager serves and has every TaskManager.
   *
   * @param goOn waits a moment; whether to go on
   * @return false when it was told not to go on
   * @throws IOException when a process does not stay up; with the end of what it printed
   */
  public boolean await(Callable<Boolean> goOn) throws IOException {
    long giveUpNs = System.nanoTime() + PATIENCE.toNanos();
    while (!isUp()) {
      for (ClusterProcess each : cluster.processes()) {
        if (each.starts() > 1) {
          throw new IOException(each.name() + " does not stay up; it says:\n" + lastWords(each));
        }
      }
      if (System.nanoTime() > giveUpNs) {
        throw new IOException(
            "the cluster did not come up within %d s; its logs are in %s"
                .formatted(PATIENCE.toSeconds(), cluster.directory().logs()));
      }
      if (!call(goOn)) {
        return false;
      }
    }
    return true;
  }

  private boolean isUp() {
    try (FlinkRest rest = FlinkRest.open(url, new Configuration())) {
      return rest.overview().getNumTaskManagersConnected() >= taskManagers;
    } catch (IOException e) {
      return false; // Not yet.
    }
  }

  private String lastWords(ClusterProcess process) throws IOException {
    for (String suffix : List.of(".out", ".log")) {
      Path file = cluster.directory().logs().resolve(process.name() + suffix);
      if (Files.exists(file)) {
        List<String> lines = Files.readAllLines(file);
        List<String> last = lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size());
        if (!last.isEmpty()) {
          return last.stream().collect(Collectors.joining("\n")) + "\n(" + file + ")";
        }
      }
    }
    return "(nothing)";
  }

  private static boolean call(Callable<Boolean> goOn) throws IOException {
    try {
      return goOn.call();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }
}
