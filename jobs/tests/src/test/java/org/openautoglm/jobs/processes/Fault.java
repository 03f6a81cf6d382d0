package org.openautoglm.jobs.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What may happen to a job, its cluster and its broker, in the order of a run. */
enum Fault {
  /** A task fails, and with it the job, which restarts in the processes that there are. */
  TASK_FAILED {
    @Override
    void strike(ChaosITCase chaos) throws Exception {
      chaos.job().order(ChaosModels.FAIL);
    }
  },
  /** SIGKILL of a TaskManager, batches in flight. */
  TASK_MANAGER_KILLED {
    @Override
    void strike(ChaosITCase chaos) throws Exception {
      chaos.cluster().process(chaos.cluster().busiest()).destroyForcibly();
    }
  },
  /** SIGKILL of the broker, which comes back on its data after three seconds. */
  BROKER_KILLED {
    @Override
    void strike(ChaosITCase chaos) throws Exception {
      chaos.broker().kill();
      pause(Duration.ofSeconds(3));
      chaos.broker().resume();
    }
  },
  /** SIGKILL of the JobManager. */
  JOB_MANAGER_KILLED {
    @Override
    void strike(ChaosITCase chaos) throws Exception {
      chaos.cluster().process("jobmanager").destroyForcibly();
    }
  },
  /** Everything that nobody can answer is published: no request, no UTF-8, bombs, lies. */
  POISONED {
    @Override
    void strike(ChaosITCase chaos) throws Exception {
      chaos.poison().publish();
    }
  },
  /** A savepoint ends the job; another jar goes on from it at another parallelism. */
  UPGRADED {
    @Override
    void strike(ChaosITCase chaos) throws Exception {
      chaos.job().upgrade();
    }
  },
  /**
   * SIGSTOP of a TaskManager for longer than its heartbeat may be missing, then SIGCONT: it comes
   * back as one who does not know that others do its work.
   */
  TASK_MANAGER_FROZEN {
    @Override
    void strike(ChaosITCase chaos) throws Exception {
      List<String> busiest = List.of(chaos.cluster().busiest());
      chaos.cluster().signal("STOP", busiest);
      pause(ProcessCluster.HEARTBEAT.plusSeconds(4));
      chaos.cluster().signal("CONT", busiest);
    }
  },
  /** A model's directory is gone while a TaskManager that was killed loads it again. */
  MODEL_VANISHED {
    @Override
    void strike(ChaosITCase chaos) throws Exception {
      Path model = chaos.job().model();
      Path elsewhere = model.resolveSibling("moved");
      Files.move(model, elsewhere);
      chaos.cluster().process(chaos.cluster().busiest()).destroyForcibly();
      pause(Duration.ofSeconds(8));
      Files.move(elsewhere, model);
    }
  },
  /**
   * A run does not come back from its device, for twice as long as one may take; answers go on
   * meanwhile.
   */
  DEVICE_HUNG {
    @Override
    void strike(ChaosITCase chaos) throws Exception {
      chaos.job().hang(() -> pause(ChaosJob.RUN_MAX.multipliedBy(2)));
    }
  },
  /** Somebody starts a second job of the same name, which is refused; the first goes on. */
  SECOND_OF_ITS_NAME {
    @Override
    void strike(ChaosITCase chaos) throws Exception {
      assertThat(chaos.job().refusal()).contains("has its consumer group, chaos, too");
    }
  },
  /** Somebody ends the job and starts it without its state, which is refused; then with it. */
  STARTED_WITHOUT_STATE {
    @Override
    void strike(ChaosITCase chaos) throws Exception {
      String savepoint = chaos.cluster().stopWithSavepoint();
      assertThat(chaos.job().refusal()).contains("group chaos has read before", "--resume");
      chaos.job().goOn(savepoint);
    }
  },
  /** The file system of all that Flink keeps is full to the last byte. */
  DISK_OF_ITS_OWN_FULL {
    @Override
    boolean isPossible(ChaosITCase chaos) {
      return chaos.disk().isPresent();
    }

    @Override
    void strike(ChaosITCase chaos) throws Exception {
      SmallDisk disk = chaos.disk().orElseThrow();
      disk.fill();
      pause(Duration.ofSeconds(6));
      disk.empty();
    }
  },
  /**
   * No process of Flink's can write a byte more to any file, as when its disk is full: checkpoints,
   * state, logs. (The system's limit for the size of files is set to nothing and back, so what
   * fails are the writes, with EFBIG rather than ENOSPC; directories can still be made.)
   */
  DISK_FULL {
    @Override
    void strike(ChaosITCase chaos) throws Exception {
      List<String> processes = new ArrayList<>(chaos.cluster().taskManagers());
      processes.add("jobmanager");
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
  },
  /** The broker aborts what a checkpoint had prepared; an operator mends it as the RUNBOOK says. */
  TRANSACTIONS_EXPIRED {
    @Override
    boolean needsTls() {
      return true;
    }

    @Override
    void strike(ChaosITCase chaos) throws Exception {
      new ExpiredTransactions(chaos).strikeAndMend();
    }
  },
  /** The broker gets another certificate, and the job makes all its connections anew. */
  CERTIFICATE_RENEWED {
    @Override
    boolean needsTls() {
      return true;
    }

    @Override
    void strike(ChaosITCase chaos) throws Exception {
      chaos.broker().renewCertificate();
      chaos.job().order(ChaosModels.FAIL);
    }
  },
  /** Inputs that throw, overflow the stack and hang when they run; each fails alone. */
  INPUTS_FAIL {
    @Override
    void strike(ChaosITCase chaos) throws Exception {
      poison(chaos, PoisonedRow.THROWS, PoisonedRow.OVERFLOWS, PoisonedRow.HANGS);
    }
  },
  /** An input that takes all memory: it fails the job twice, and is set aside. */
  INPUT_EXHAUSTS_MEMORY {
    @Override
    void strike(ChaosITCase chaos) throws Exception {
      poison(chaos, PoisonedRow.EXHAUSTS);
    }
  },
  /** An input that crashes its process: it kills two TaskManagers, and is set aside. */
  INPUT_CRASHES_PROCESS {
    @Override
    void strike(ChaosITCase chaos) throws Exception {
      poison(chaos, PoisonedRow.CRASHES);
    }
  };

  /** Whether this machine and user can do it. */
  boolean isPossible(ChaosITCase chaos) {
    return true;
  }

  /** Whether the broker must be one with TLS, and with little patience with transactions. */
  boolean needsTls() {
    return false;
  }

  /** Does it; returns when what was taken away is there again. */
  abstract void strike(ChaosITCase chaos) throws Exception;

  /** Publishes inputs and waits until each has failed. */
  private static void poison(ChaosITCase chaos, PoisonedRow... kinds) throws Exception {
    assertThat(chaos.answers().outcomes(chaos.poison().publish(kinds), ChaosITCase.PATIENCE))
        .allMatch(outcome -> outcome.equals("ERROR") || outcome.equals("DEAD_LETTER"));
  }

  /** The fault itself lasts so long. */
  static void pause(Duration length) {
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
