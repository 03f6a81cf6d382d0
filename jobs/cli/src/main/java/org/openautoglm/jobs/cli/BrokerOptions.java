package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.openautoglm.jobs.kafka.clients.KafkaClients;
import picocli.CommandLine.Option;

/** Where a command finds Kafka, and how it gets in: as Kafka's own tools take it. */
final class BrokerOptions {
  private static final String BOOTSTRAP = "bootstrap.servers";

  @Option(
      names = "--bootstrap",
      paramLabel = "B",
      description =
          "the brokers, HOST:PORT; else those of the command's configuration, of KAFKA_BOOTSTRAP,"
              + " or localhost:9092")
  private Optional<String> bootstrap = Optional.empty();

  @Option(
      names = "--command-config",
      paramLabel = "FILE",
      description = "a properties file for the Kafka client, with its security for one")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--property",
      paramLabel = "KEY=VALUE",
      description = "a further property of the Kafka client, such as security.protocol=SSL")
  private Map<String, String> properties = Map.of();

  /** The broker at an address, without further properties. */
  static BrokerOptions at(String bootstrap) {
    BrokerOptions options = new BrokerOptions();
    options.bootstrap = Optional.of(bootstrap);
    return options;
  }

  /** The brokers' addresses. */
  String bootstrap() throws IOException {
    return with(Map.of()).get(BOOTSTRAP).toString();
  }

  /**
   * The client's properties: ours, and over them what the user gave.
   *
   * @throws IOException when the file cannot be read
   */
  Map<String, Object> with(Map<String, Object> ours) throws IOException {
    Map<String, Object> all = new HashMap<>(ours);
    all.put(
        BOOTSTRAP,
        Optional.ofNullable(System.getenv("KAFKA_BOOTSTRAP"))
            .filter(given -> !given.isBlank())
            .orElse("localhost:9092"));
    if (file.isPresent()) {
      all.putAll(read(file.get()));
    }
    bootstrap.ifPresent(given -> all.put(BOOTSTRAP, given));
    all.putAll(properties);
    return KafkaClients.readable(all);
  }

  private static Map<String, String> read(Path file) throws IOException {
    Properties read = new Properties();
    try (Reader text = Files.newBufferedReader(file)) {
      read.load(text);
    } catch (NoSuchFileException e) {
      throw new IOException(file + " does not exist", e);
    } catch (IllegalArgumentException | CharacterCodingException e) {
      // Java's message quotes the line.
      throw new IOException(file + " is not a properties file", e);
    }
    Map<String, String> properties = new HashMap<>();
    read.stringPropertyNames().forEach(name -> properties.put(name, read.getProperty(name)));
    return properties;
  }
}
