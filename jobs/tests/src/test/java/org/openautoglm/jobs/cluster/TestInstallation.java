package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Lays out what the build made as the launcher script does. */
public final class TestInstallation {
  private TestInstallation() {}

  /** The installation, which the environment of integration tests names too. */
  public static Installation layOut() throws IOException {
    Path lib = Path.of(System.getenv(Installation.HOME), "deploy", "flink-lib", "target");
    Path built = Files.createDirectories(Path.of(System.getenv(Installation.BUILT)));
    copy(lib.resolve("class-path.txt"), built.resolve("flink-class-path"));
    copy(Path.of(System.getProperty("autoglm.job.jar")), built.resolve("job.jar"));
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(lib, "autoglm-flink-lib-*.jar")) {
      copy(jars.iterator().next(), built.resolve("flink-lib.jar"));
    }
    return Installation.ofEnvironment();
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }
}
