package org.openautoglm.jobs.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/** The jar that clusters run: whole, and without what a cluster has already. */
class JobJarITCase {
  private static final Path JAR = Path.of(System.getProperty("autoglm.job.jar", ""));

  @Test
  void holdsTheJobAndWhatItNeeds() throws IOException {
    assertThat(names())
        .contains(
            "org/openautoglm/jobs/topology/InferenceJob.class",
            "org/openautoglm/jobs/configuration/autoglm.schema.json",
            "org/openautoglm/operators/batching/MicroBatchWindow.class",
            "org/openautoglm/schemas/wire/InferenceRequest.class",
            "org/apache/flink/connector/kafka/source/KafkaSource.class",
            "org/apache/kafka/clients/producer/KafkaProducer.class",
            "com/google/protobuf/Message.class",
            "com/fasterxml/jackson/databind/ObjectMapper.class");
    try (JarFile jar = new JarFile(JAR.toFile())) {
      assertThat(jar.getManifest().getMainAttributes().getValue("Main-Class"))
          .isEqualTo(InferenceJob.class.getName());
    }
  }

  @Test
  void holdsNothingThatBelongsInFlinksLib() throws IOException {
    assertThat(names())
        .noneMatch(name -> name.startsWith("org/apache/flink/streaming/api/"))
        .noneMatch(name -> name.startsWith("org/apache/flink/runtime/"))
        .noneMatch(name -> name.startsWith("org/apache/flink/core/"))
        .noneMatch(name -> name.startsWith("ai/onnxruntime/"))
        .noneMatch(name -> name.startsWith("ai/djl/"))
        .noneMatch(name -> name.startsWith("com/sun/jna/"))
        .noneMatch(name -> name.startsWith("org/slf4j/"))
        .noneMatch(name -> name.startsWith("org/apache/logging/"))
        .noneMatch(name -> name.startsWith("kafka/server/"))
        .noneMatch(name -> name.startsWith("picocli/"))
        .noneMatch(name -> name.startsWith("org/openautoglm/jobs/cli/"))
        .noneMatch(name -> name.startsWith("org/openautoglm/jobs/local/"))
        .noneMatch(name -> name.endsWith("log4j2.properties"))
        .noneMatch(name -> name.matches("META-INF/[^/]*\\.(SF|RSA|DSA)"));
  }

  @Test
  void readsAConfigurationOutOfItself() throws Exception {
    URL logging = Logger.class.getProtectionDomain().getCodeSource().getLocation();
    try (URLClassLoader alone =
        new URLClassLoader(
            new URL[] {JAR.toUri().toURL(), logging}, ClassLoader.getPlatformClassLoader())) {
      Object configuration =
          alone
              .loadClass("org.openautoglm.jobs.configuration.ConfigurationFile")
              .getMethod("parse", String.class, Map.class)
              .invoke(null, "models: [{model_name: a, task_type: embedding, path: b}]", Map.of());
      assertThat(configuration.toString()).contains("KafkaConfiguration[localhost:9092");
    }
  }

  private static List<String> names() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      return jar.stream().map(Object::toString).filter(name -> !name.endsWith("/")).toList();
    }
  }
}
