package org.openautoglm.jobs.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The step of the image's build that is ours, run on the build's own jars: where everything comes
 * to lie, and that the native libraries load from there with nothing unpacked.
 */
class ImageITCase {

  @TempDir Path directory;

  @Test
  void theImagesPartsAreLaidOutAndLoad() throws Exception {
    Path image = directory.resolve("image");
    assertThat(run(List.of(Manifests.DEPLOY + "/image/assemble.sh", "cpu", image.toString()), null))
        .isEmpty();

    assertThat(names(image.resolve("flink/usrlib"))).containsExactly("autoglm-job.jar");
    assertThat(image.resolve("flink/usrlib/autoglm-job.jar"))
        .hasSameBinaryContentAs(Path.of(System.getProperty("autoglm.job.jar")));
    assertThat(names(image.resolve("autoglm/native/onnxruntime")))
        .containsExactly(
            "libonnxruntime.so", "libonnxruntime4j_jni.so", "libonnxruntime_providers_shared.so");
    String configuration = Files.readString(image.resolve("flink/conf/config.yaml"));
    assertThat(configuration)
        .startsWith(Files.readString(Manifests.ROOT.resolve("flink-conf/config.yaml")));
    // Native libraries, and the packages without which Java 17 builds no job graph, as on
    // Kubernetes.
    assertThat(Manifests.flat(Manifests.YAML.readTree(configuration)).get("env.java.opts.all"))
        .contains("--add-opens=java.base/java.util=ALL-UNNAMED")
        .isEqualTo(
            Manifests.read(Manifests.DEPLOY.resolve("kubernetes/base/flinkdeployment.yaml"))
                .at("/spec/flinkConfiguration/env.java.opts.all")
                .asText());

    Path temporary = Files.createDirectory(directory.resolve("tmp"));
    String classPath =
        Stream.concat(
                names(image.resolve("flink/lib")).stream().map(n -> image + "/flink/lib/" + n),
                // What Flink's own lib has, and the probe.
                Stream.of(jarOf(org.slf4j.Logger.class), jarOf(NativeLibrariesProbe.class)))
            .collect(Collectors.joining(":"));
    String said =
        run(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "-Duser.home=" + temporary,
                "-Donnxruntime.native.path=" + image.resolve("autoglm/native/onnxruntime"),
                "-cp",
                classPath,
                NativeLibrariesProbe.class.getName()),
            image.resolve("autoglm/native/djl"));
    assertThat(said).contains("onnxruntime " + "1.");
    try (Stream<Path> unpacked = Files.walk(temporary)) {
      assertThat(unpacked.filter(Files::isRegularFile)).isEmpty();
    }
  }

  private static String jarOf(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
  }

  private static List<String> names(Path directory) throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private String run(List<String> command, Path djlCache) throws Exception {
    Path output = Files.createTempFile(directory, "run", ".log");
    ProcessBuilder process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    process.environment().put("ORT_DISABLE_TELEMETRY", "1");
    if (djlCache != null) {
      process.environment().put("DJL_CACHE_DIR", djlCache.toString());
    }
    int exit = process.start().waitFor();
    String said = Files.readString(output);
    assertThat(exit).as(said).isZero();
    return said;
  }
}
