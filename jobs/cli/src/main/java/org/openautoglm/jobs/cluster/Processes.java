package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Processes of the operating system. */
final class Processes {
  private Processes() {}

  /**
   * What makes a command's process outlive this one's terminal: {@code setsid}, or where there is
   * none {@code nohup}.
   */
  static List<String> ownSession() {
    String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    boolean hasSetsid =
        Stream.of(path.split(":", -1)).anyMatch(each -> Files.exists(Path.of(each, "setsid")));
    return List.of(hasSetsid ? "setsid" : "nohup");
  }

  /**
   * Whether a process lives. One that has ended stays in the system's list until its parent asks,
   * which that of an orphan in a container may never do.
   */
  static boolean isAlive(ProcessHandle process) {
    try {
      String line = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
      // PID (NAME) STATE …, and a name may hold anything.
      return process.isAlive() && line.charAt(line.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      // It has ended, or this system has no such files.
      return process.isAlive();
    }
  }

  /** Asks processes to end, in this order, and kills those that have not ended in time. */
  static void end(List<ProcessHandle> processes, Duration patience) {
    processes.forEach(ProcessHandle::destroy);
    if (!await(processes, patience)) {
      processes.forEach(ProcessHandle::destroyForcibly);
      await(processes, patience);
    }
  }

  private static boolean await(List<ProcessHandle> processes, Duration patience) {
    CompletableFuture<?>[] exits =
        processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
    try {
      CompletableFuture.allOf(exits).get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
