package org.openautoglm.jobs.cluster;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What was built, where it lies.
 *
 * @param home the checkout, with {@code flink-conf}
 * @param flinkLib our own jar for Flink's class path and for its plugins
 * @param flinkClassPath every other jar of a Flink process
 * @param jobJar the job, as clusters run it
 */
public record Installation(Path home, Path flinkLib, List<Path> flinkClassPath, Path jobJar) {
  /** The environment variable that names the directory of the launcher script. */
  public static final String HOME = "AUTOGLM_HOME";

  /** The environment variable that names the directory of what {@code ./autoglm} has built. */
  public static final String BUILT = "AUTOGLM_BUILT";

  public Installation {
    flinkClassPath = List.copyOf(flinkClassPath);
  }

  /**
   * The installation that the launcher script made.
   *
   * @throws IOException when this process was not started by it; the message is for people
   */
  public static Installation ofEnvironment() throws IOException {
    Map<String, String> environment = System.getenv();
    if (!environment.containsKey(HOME) || !environment.containsKey(BUILT)) {
      throw new IOException(
          HOME + " and " + BUILT + " are not set; run this command by the script autoglm");
    }
    Path built = Path.of(environment.get(BUILT));
    return of(
        Path.of(environment.get(HOME)),
        built.resolve("flink-lib.jar"),
        built.resolve("flink-class-path"),
        built.resolve("job.jar"));
  }

  /**
   * An installation.
   *
   * @param classPath a file with jars, separated as in a class path
   * @throws IOException when something of it is not there
   */
  public static Installation of(Path home, Path flinkLib, Path classPath, Path jobJar)
      throws IOException {
    for (Path each : List.of(home.resolve("flink-conf"), flinkLib, classPath, jobJar)) {
      if (!Files.exists(each)) {
        throw new IOException(each + " is missing; build it with ./autoglm or mvn package");
      }
    }
    List<Path> jars =
        List.of(Files.readString(classPath).strip().split(File.pathSeparator, -1)).stream()
            .filter(jar -> !jar.isBlank())
            .map(Path::of)
            .toList();
    return new Installation(
        home.toAbsolutePath().normalize(),
        flinkLib.toAbsolutePath(),
        jars,
        jobJar.toAbsolutePath());
  }
}
