package org.openautoglm.jobs.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a configuration: YAML, values from the environment, the schema, its defaults, and what
 * options must be to each other. Either everything is right, or all that is wrong is reported
 * together.
 */
public final class ConfigurationFile {
  private ConfigurationFile() {}

  /**
   * Reads a file, with values from the environment of this process.
   *
   * @throws IOException when the file cannot be read; the message is for people
   * @throws ConfigurationException with everything that is wrong in it
   */
  public static JobConfiguration load(Path file) throws IOException, ConfigurationException {
    String yaml;
    try {
      yaml = Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new IOException(file + " does not exist", e);
    } catch (CharacterCodingException e) {
      throw new IOException(file + " is not UTF-8 text", e);
    } catch (IOException e) {
      throw new IOException(file + " cannot be read: " + e.getMessage(), e);
    }
    try {
      return parse(yaml, System.getenv());
    } catch (ConfigurationException e) {
      throw e.in(file.toString());
    }
  }

  /**
   * Reads a configuration.
   *
   * @param environment where {@code ${NAME}} is looked up
   * @throws ConfigurationException with everything that is wrong in it
   */
  public static JobConfiguration parse(String yaml, Map<String, String> environment)
      throws ConfigurationException {
    ProblemList problems = new ProblemList();
    Optional<JsonNode> read =
        new YamlReader(new EnvironmentValues(environment), problems).read(yaml);
    if (read.isPresent()) {
      JsonNode tree = read.get();
      new SchemaCheck(tree, problems).run();
      Defaults.fill(tree);
      new Relations(tree, problems).check();
      new KafkaPropertiesCheck(tree, problems).check();
    }
    if (problems.size() > 0) {
      throw new ConfigurationException(problems.inOrder());
    }
    return ConfigurationBinding.bind(read.orElseThrow(), JobConfiguration.class);
  }

  /** What a configuration that says nothing of Kafka has. */
  public static KafkaConfiguration usualKafka() {
    ObjectNode tree = JsonNodeFactory.instance.objectNode();
    Defaults.fill(tree);
    return ConfigurationBinding.bind(tree.required("kafka"), KafkaConfiguration.class);
  }
}
