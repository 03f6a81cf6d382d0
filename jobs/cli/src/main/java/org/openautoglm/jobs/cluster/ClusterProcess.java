package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A process of a cluster and its keeper, a script that starts it again whenever it ends. Each of
 * the two writes its process number to a file.
 *
 * <p>Numbers are used again by other processes, after a restart of the machine above all. A process
 * that began after the file was written is not the one that the file means.
 *
 * @param name {@code jobmanager} or {@code taskmanager-N}
 * @param files the folder of process files
 */
public record ClusterProcess(String name, Path files) {
  /** Files and processes are timed by different clocks. */
  private static final Duration CLOCK_SLACK = Duration.ofSeconds(2);

  /** The process itself, if it runs. */
  public Optional<ProcessHandle> process() throws IOException {
    return running(files.resolve(name + ".pid"));
  }

  /** Its keeper, if that runs. */
  public Optional<ProcessHandle> keeper() throws IOException {
    return running(keeperFile());
  }

  /** How often the keeper has started the process. */
  public int starts() throws IOException {
    try {
      return Integer.parseInt(Files.readString(files.resolve(name + ".starts")).strip());
    } catch (NoSuchFileException | NumberFormatException e) {
      return 0;
    }
  }

  Path keeperFile() {
    return files.resolve(name + ".keeper.pid");
  }

  private static Optional<ProcessHandle> running(Path file) throws IOException {
    String number;
    Instant written;
    try {
      number = Files.readString(file).strip();
      written = Files.getLastModifiedTime(file).toInstant();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (!number.matches("\\d{1,18}")) {
      return Optional.empty();
    }
    return ProcessHandle.of(Long.parseLong(number))
        .filter(Processes::isAlive)
        .filter(
            handle ->
                handle
                    .info()
                    .startInstant()
                    .map(start -> start.isBefore(written.plus(CLOCK_SLACK)))
                    .orElse(true));
  }
}
