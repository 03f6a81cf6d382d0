package org.openautoglm.jobs.processes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A small file system of its own, in memory, which can be filled to the last byte. */
final class SmallDisk {
  private static final int CHUNK = 1 << 20;

  private final Path directory;

  private SmallDisk(Path directory) {
    this.directory = directory;
  }

  /** Mounts one; empty where this user may not. */
  static Optional<SmallDisk> mount(Path directory, int mib) throws Exception {
    Files.createDirectories(directory);
    return run("mount", "-t", "tmpfs", "-o", "size=" + mib + "m", "tmpfs", directory.toString())
        ? Optional.of(new SmallDisk(directory))
        : Optional.empty();
  }

  /** Leaves nothing: whoever writes gets ENOSPC. */
  void fill() throws IOException {
    byte[] chunk = new byte[CHUNK];
    try (var file = Files.newOutputStream(filler())) {
      for (int bytes = CHUNK; bytes > 0; ) {
        try {
          file.write(chunk, 0, bytes);
        } catch (IOException e) {
          bytes /= 2;
        }
      }
    }
  }

  /** Gives back what {@link #fill} took. */
  void empty() throws IOException {
    Files.deleteIfExists(filler());
  }

  private Path filler() {
    return directory.resolve("filler");
  }

  private static boolean run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
  }

  /** Unmounts it; what is on it is kept elsewhere, for whoever looks for the cause of a failure. */
  void close(Path kept) throws Exception {
    empty();
    run("cp", "-r", directory.toString(), kept.toString());
    run("umount", "-l", directory.toString());
  }
}
