package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Where a cluster of this machine lies.
 *
 * <pre>
 * conf/         config.yaml and the logs' configuration, made anew by each start
 * log/          a .log (JSON) and an .out for each process
 * run/          whose processes run
 * lib/ plugins/ our jar, for Flink
 * native/       ONNX Runtime and the tokenizer, unpacked once
 * ha/           what a JobManager needs to go on with its jobs
 * checkpoints/  savepoints/  tmp/
 * </pre>
 *
 * @param root the directory
 */
public record ClusterDirectory(Path root) {
  /** The environment variable that names another directory. */
  public static final String VARIABLE = "AUTOGLM_CLUSTER_DIR";

  public ClusterDirectory {
    root = root.toAbsolutePath().normalize();
  }

  /** {@code .autoglm/cluster} in the checkout, unless the environment names another. */
  public static ClusterDirectory of(Installation installation) {
    String elsewhere = System.getenv(VARIABLE);
    return new ClusterDirectory(
        elsewhere == null || elsewhere.isBlank()
            ? installation.home().resolve(".autoglm").resolve("cluster")
            : Path.of(elsewhere));
  }

  public Path configuration() {
    return root.resolve("conf");
  }

  public Path logs() {
    return root.resolve("log");
  }

  /** Process files; see {@link ClusterProcess}. */
  public Path processes() {
    return root.resolve("run");
  }

  public Path lib() {
    return root.resolve("lib");
  }

  public Path plugins() {
    return root.resolve("plugins");
  }

  public Path natives() {
    return root.resolve("native");
  }

  public Path availability() {
    return root.resolve("ha");
  }

  public Path checkpoints() {
    return root.resolve("checkpoints");
  }

  public Path savepoints() {
    return root.resolve("savepoints");
  }

  public Path temporary() {
    return root.resolve("tmp");
  }

  // Jobs lie here with the secrets that their files give in clear.
  private static void closeToOthers(Path directory) throws IOException {
    if (Files.getFileStore(directory).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }
  }

  /**
   * Keeps other commands from changing the cluster meanwhile. The system takes the lock back
   * however this process ends.
   *
   * @throws IOException when another command holds it
   */
  FileChannel lock() throws IOException {
    Files.createDirectories(root);
    closeToOthers(root);
    FileChannel channel =
        FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    if (lock == null) {
      channel.close();
      throw new IOException("another command is starting or stopping the cluster in " + root);
    }
    return channel;
  }
}
