package org.openautoglm.flink.ha;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.runtime.checkpoint.CheckpointIDCounter;

/**
 * Numbers a job's checkpoints, so that no number is given twice: not even that of a checkpoint
 * which was under way when the JobManager ended, and whose directory may be there already.
 */
final class FileCheckpointIDCounter implements CheckpointIDCounter {
  private final Path file;
  private long next;

  /**
   * @param file holds the next number
   * @param least no number below it is given, whatever the file says
   */
  FileCheckpointIDCounter(Path file, long least) {
    this.file = file;
    this.next = Math.max(least, INITIAL_CHECKPOINT_ID);
  }

  @Override
  public synchronized void start() throws IOException {
    if (Files.exists(file)) {
      next = Math.max(next, Long.parseLong(Files.readString(file).strip()));
    }
  }

  @Override
  public synchronized CompletableFuture<Void> shutdown(JobStatus status) {
    if (status.isGloballyTerminalState()) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        return CompletableFuture.failedFuture(e);
      }
    }
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public synchronized long getAndIncrement() throws IOException {
    long given = next;
    setCount(given + 1);
    return given;
  }

  @Override
  public synchronized long get() {
    return next;
  }

  @Override
  public synchronized void setCount(long count) throws IOException {
    WholeFile.write(file, Long.toString(count).getBytes(UTF_8));
    next = count;
  }
}
