package org.openautoglm.jobs.models;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.openautoglm.jobs.models.CatalogModel.Artifact;

/** One run of a package client. The clients are quiet, so progress is what grows on the disk. */
final class Download {
  private static final long PROGRESS_INTERVAL_MS = 1_000;
  private static final long LONGEST_MINUTES = 60;

  private final Artifact artifact;
  private final PackageClient client;
  private final Consumer<String> progress;

  Download(Artifact artifact, PackageClient client, Consumer<String> progress) {
    this.artifact = artifact;
    this.client = client;
    this.progress = progress;
  }

  /**
   * Fetches the package's file.
   *
   * @param into an empty directory
   * @return the file
   * @throws PullException when the client is missing, fails, or fetches something else
   */
  Path run(Path into) throws IOException {
    List<String> command = client.command(artifact, into);
    Path output = Files.createTempFile("autoglm-pull", ".log");
    try {
      Process process = start(command, output, into);
      try {
        await(process, into);
      } finally {
        process.destroy();
      }
      if (process.exitValue() != 0) {
        throw new PullException(
            "%s could not fetch %s: %s"
                .formatted(command.get(0), artifact.coordinates(), lastWords(output)));
      }
      return onlyFile(into);
    } finally {
      Files.deleteIfExists(output);
    }
  }

  private static Process start(List<String> command, Path output, Path directory)
      throws PullException {
    try {
      return new ProcessBuilder(command)
          .directory(directory.toFile())
          .redirectErrorStream(true)
          .redirectOutput(output.toFile())
          .start();
    } catch (IOException e) {
      throw new PullException(command.get(0) + " is not installed, or not on the PATH", e);
    }
  }

  private void await(Process process, Path into) throws IOException {
    long before = size(client.cache(artifact));
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(LONGEST_MINUTES);
    try {
      while (!process.waitFor(PROGRESS_INTERVAL_MS, TimeUnit.MILLISECONDS)) {
        if (System.nanoTime() > deadline) {
          throw new PullException("gave up after " + LONGEST_MINUTES + " minutes");
        }
        long bytes = Math.max(size(into), size(client.cache(artifact)) - before);
        progress.accept(
            megabytes(Math.min(bytes, artifact.bytes()))
                + " of "
                + megabytes(artifact.bytes())
                + " MB");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PullException("interrupted", e);
    }
  }

  private static Path onlyFile(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(Files::isRegularFile)
          .findFirst()
          .orElseThrow(() -> new PullException("the client fetched nothing"));
    }
  }

  private static long size(Path directory) {
    if (!Files.isDirectory(directory)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      return files.mapToLong(Download::sizeOfFile).sum();
    } catch (IOException | UncheckedIOException e) {
      // The client moves its files about meanwhile; the next look will do.
      return 0;
    }
  }

  private static long sizeOfFile(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  private static long megabytes(long bytes) {
    return bytes / 1_000_000;
  }

  // Both clients put what matters first and advice last.
  private static String lastWords(Path output) throws IOException {
    return new String(Files.readAllBytes(output), StandardCharsets.UTF_8)
        .lines()
        .map(line -> line.replaceAll("\u001B\\[[0-9;]*m", "").strip())
        .filter(line -> line.matches("(?i).*(error|err!).*") && line.length() > 20)
        .findFirst()
        .orElse("it said nothing; is this machine online?");
  }
}
