package org.openautoglm.jobs.processes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What may happen to a cluster, in the order of a run. */
enum Fault {
  /** SIGKILL of a TaskManager, batches in flight. */
  TASK_MANAGER_KILLED {
    @Override
    void strike(ChaosITCase chaos, int round) {
      chaos.cluster().process(taskManager(round)).destroyForcibly();
    }
  },
  /** SIGKILL of the broker, which comes back on its data after three seconds. */
  BROKER_KILLED {
    @Override
    void strike(ChaosITCase chaos, int round) throws Exception {
      chaos.broker().kill();
      pause(Duration.ofSeconds(3));
      chaos.broker().resume();
    }
  },
  /** SIGKILL of the JobManager. */
  JOB_MANAGER_KILLED {
    @Override
    void strike(ChaosITCase chaos, int round) {
      chaos.cluster().process("jobmanager").destroyForcibly();
    }
  },
  /** A savepoint ends the job; another jar goes on from it at another parallelism. */
  UPGRADED {
    @Override
    void strike(ChaosITCase chaos, int round) throws Exception {
      chaos.upgrade();
    }
  },
  /**
   * SIGSTOP of a TaskManager for longer than its heartbeat may be missing, then SIGCONT: it comes
   * back as one who does not know that others do its work.
   */
  TASK_MANAGER_FROZEN {
    @Override
    void strike(ChaosITCase chaos, int round) throws Exception {
      long pid = chaos.cluster().process(taskManager(round)).pid();
      run("kill", "-STOP", Long.toString(pid));
      pause(ProcessCluster.HEARTBEAT.plusSeconds(4));
      run("kill", "-CONT", Long.toString(pid));
    }
  },
  /** A model's directory is gone while a TaskManager that was killed loads it again. */
  MODEL_VANISHED {
    @Override
    void strike(ChaosITCase chaos, int round) throws Exception {
      Path model = chaos.model();
      Path elsewhere = model.resolveSibling("moved");
      Files.move(model, elsewhere);
      chaos.cluster().process(taskManager(round)).destroyForcibly();
      pause(Duration.ofSeconds(8));
      Files.move(elsewhere, model);
    }
  },
  /**
   * No process of Flink's can write a byte more to any file, as when its disk is full: checkpoints,
   * state, logs. (The system's limit for the size of files is set to nothing and back, so what
   * fails are the writes, with EFBIG rather than ENOSPC; directories can still be made.)
   */
  DISK_FULL {
    @Override
    void strike(ChaosITCase chaos, int round) throws Exception {
      List<String> processes = List.of("jobmanager", "taskmanager-1", "taskmanager-2");
      for (String each : processes) {
        limitFiles(chaos, each, "0");
      }
      pause(Duration.ofSeconds(6));
      for (String each : processes) {
        limitFiles(chaos, each, "unlimited");
      }
    }

    private void limitFiles(ChaosITCase chaos, String name, String bytes) throws Exception {
      long pid = chaos.cluster().process(name).pid();
      run("prlimit", "--pid", Long.toString(pid), "--fsize=" + bytes + ":unlimited");
    }
  };

  /** Does it; returns when what was taken away is there again. */
  abstract void strike(ChaosITCase chaos, int round) throws Exception;

  private static String taskManager(int round) {
    return "taskmanager-" + (1 + round % ChaosITCase.TASK_MANAGERS);
  }

  // The fault itself lasts so long.
  private static void pause(Duration length) {
    long endNs = System.nanoTime() + length.toNanos();
    for (long left = length.toNanos(); left > 0; left = endNs - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + " failed");
    }
  }
}
