package org.openautoglm.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs({OS.LINUX, OS.MAC})
class ClusterProcessTest {
  @TempDir Path directory;

  @Test
  void aNumberThatBelongsToAYoungerProcessIsStale() throws Exception {
    ClusterProcess process = new ClusterProcess("jobmanager", directory);
    assertThat(process.process()).isEmpty();
    Path file = directory.resolve("jobmanager.pid");
    Files.writeString(file, ProcessHandle.current().pid() + "\n");
    assertThat(process.process()).contains(ProcessHandle.current());
    Instant start = ProcessHandle.current().info().startInstant().orElseThrow();
    Files.setLastModifiedTime(file, FileTime.from(start.minusSeconds(60)));
    assertThat(process.process()).isEmpty();
    Files.writeString(file, "cut off\n");
    assertThat(process.process()).isEmpty();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aProcessThatHasEndedIsDownThoughNobodyHasAskedForItsEnd() throws Exception {
    // What the child's parent becomes never asks.
    Process parent =
        new ProcessBuilder("sh", "-c", "sleep 600 & echo $! > jobmanager.pid; exec sleep 600")
            .directory(directory.toFile())
            .start();
    Path proc = Path.of("/proc");
    try {
      await().until(() -> Files.readString(proc.resolve(parent.pid() + "/comm")).contains("sleep"));
      ClusterProcess process = new ClusterProcess("jobmanager", directory);
      ProcessHandle child = process.process().orElseThrow();
      child.destroyForcibly();
      await().until(() -> Files.readString(proc.resolve(child.pid() + "/stat")).contains(") Z "));
      assertThat(child.isAlive()).isTrue();
      assertThat(process.process()).isEmpty();
    } finally {
      parent.destroyForcibly();
    }
  }

  @Test
  @SuppressWarnings("try") // The lock is held, not used.
  void onlyOneCommandChangesAClusterAtATime() throws Exception {
    ClusterDirectory cluster = new ClusterDirectory(directory.resolve("cluster"));
    try (FileChannel lock = cluster.lock()) {
      assertThatThrownBy(cluster::lock).hasMessageContaining("starting or stopping the cluster");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cluster.root())))
          .isEqualTo("rwx------");
    }
    cluster.lock().close();
  }

  @Test
  void theKeeperStartsItsProcessAgainUntilItIsAskedToStop() throws Exception {
    Path script = directory.resolve("keep.sh");
    try (InputStream resource = LocalFlink.class.getResourceAsStream("keep.sh")) {
      Files.copy(resource, script);
    }
    Path out = directory.resolve("out");
    Process keeper =
        new ProcessBuilder(
                List.of(
                    "sh",
                    script.toString(),
                    "worker",
                    directory.toString(),
                    out.toString(),
                    "sh",
                    "-c",
                    "echo begun; touch made; exec sleep 600"))
            .directory(directory.toFile())
            .start();
    ClusterProcess worker = new ClusterProcess("worker", directory);
    ProcessHandle first = await().until(worker::process, java.util.Optional::isPresent).get();
    assertThat(worker.keeper()).contains(keeper.toHandle());
    await().until(() -> Files.exists(directory.resolve("made")));
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("made"))))
        .isEqualTo("rw-------");
    first.destroyForcibly();
    ProcessHandle second =
        await()
            .until(worker::process, found -> found.isPresent() && found.get().pid() != first.pid())
            .get();
    assertThat(worker.starts()).isEqualTo(2);
    assertThat(out).content().contains("begun").contains("worker ended with 137");
    keeper.destroy();
    assertThat(keeper.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(second.isAlive()).isFalse();
    assertThat(worker.process()).isEmpty();
    assertThat(worker.keeper()).isEmpty();
  }
}
