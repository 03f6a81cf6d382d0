package org.openautoglm.jobs.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
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

  /** With the log4j of Flink's image, which is not the one that this build logs with. */
  @Test
  void theImageLogsAsJson() throws Exception {
    Path image = directory.resolve("image");
    run(List.of(Manifests.DEPLOY + "/image/assemble.sh", "cpu", image.toString()), null);
    Path log4j = Manifests.DEPLOY.resolve("flink-lib/target/image-log4j");
    String layout = "log4j-layout-template-json-" + flinksLog4j() + ".jar";
    assertThat(names(image.resolve("flink/lib"))).contains(layout);
    String said =
        run(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dlog4j2.configurationFile="
                    + image.resolve("flink/conf/log4j-console.properties"),
                "-cp",
                Stream.of(
                        log4j.resolve("log4j-api-" + flinksLog4j() + ".jar").toString(),
                        log4j.resolve("log4j-core-" + flinksLog4j() + ".jar").toString(),
                        image.resolve("flink/lib").resolve(layout).toString(),
                        jarOf(LogProbe.class))
                    .collect(Collectors.joining(":")),
                LogProbe.class.getName()),
            null);
    assertThat(said.lines()).hasSize(1);
    JsonNode line = new ObjectMapper().readTree(said);
    assertThat(line.required("message").asText()).isEqualTo("批次失败 \"1\"");
    assertThat(line.required("level").asText()).isEqualTo("WARN");
    assertThat(line.required("job").asText()).isEqualTo("0a1b");
    assertThat(line.required("trace_id").asText()).isEqualTo("4bf92f35");
    assertThat(line.required("duration_ms").asText()).isEqualTo("12");
    assertThat(line.required("exception").asText()).contains("IllegalStateException: 原因");
    assertThat(Instant.parse(line.required("timestamp").asText())).isNotNull();
  }

  @Test
  void kubernetesLogsAsTheImageDoes() throws Exception {
    assertThat(
            Manifests.read(Manifests.DEPLOY.resolve("kubernetes/base/flinkdeployment.yaml"))
                .at("/spec/logConfiguration/log4j-console.properties")
                .asText())
        .isEqualTo(Files.readString(Manifests.ROOT.resolve("flink-conf/log4j-console.properties")));
  }

  /** The version that Flink's own build names for its distribution. */
  private static String flinksLog4j() throws Exception {
    Path core = Path.of(jarOf(Configuration.class)).getParent();
    String version = core.getFileName().toString();
    Path parent =
        core.resolve("../../flink-parent/" + version + "/flink-parent-" + version + ".pom");
    Matcher named =
        Pattern.compile("<log4j.version>([^<]+)</log4j.version>").matcher(Files.readString(parent));
    assertThat(named.find()).as("log4j.version in %s", parent).isTrue();
    return named.group(1);
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
