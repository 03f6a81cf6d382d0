package org.openautoglm.jobs.local;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A real Kafka broker inside this process: one KRaft node, transactions included, on the loopback
 * address.
 *
 * <p>It can be stopped and started again on the same port and data, as a broker that restarts under
 * a running job. Topics are created explicitly. For trying out and for tests: one replica, no
 * security.
 */
public final class EmbeddedBroker implements AutoCloseable {
  /** The largest record, so that texts of a mebibyte travel in any encoding. */
  public static final int MAX_MESSAGE_BYTES = 32 << 20;

  private static final String HOST = "127.0.0.1";
  // Fixed, so that any data directory of ours can be opened again.
  private static final String CLUSTER_ID = "autoglm-embedded-AAAAA";

  private final Path data;
  private final boolean ownsData;
  private final Map<String, String> further;
  private final int port;
  private final int controllerPort;
  private KafkaRaftServer server;

  private EmbeddedBroker(
      Path data, boolean ownsData, int port, int controllerPort, Map<String, String> further) {
    this.further = Map.copyOf(further);
    this.data = data;
    this.ownsData = ownsData;
    this.port = port;
    this.controllerPort = controllerPort;
  }

  /** Starts a broker on a free port with a temporary directory that {@link #close} deletes. */
  public static EmbeddedBroker start() throws IOException {
    return start(Optional.empty(), 0);
  }

  /**
   * Starts a broker.
   *
   * @param data its directory, which keeps topics for the next start; empty: a temporary one
   * @param port the port to serve on; 0 takes a free one
   * @throws IOException when the port or the directory is in use
   */
  public static EmbeddedBroker start(Optional<Path> data, int port) throws IOException {
    return start(data, port, Map.of());
  }

  /**
   * The same with further properties of the broker, over ours. Its clients' listener is the one
   * that is named PLAINTEXT, whatever it speaks.
   */
  static EmbeddedBroker start(Optional<Path> data, int port, Map<String, String> further)
      throws IOException {
    int servingPort = port == 0 ? LocalPort.free() : port;
    // The broker itself would end the process.
    LocalPort.requireFree(servingPort);
    Path directory =
        data.isPresent()
            ? Files.createDirectories(data.get())
            : Files.createTempDirectory("autoglm-kafka");
    EmbeddedBroker broker =
        new EmbeddedBroker(
            directory, data.isEmpty(), servingPort, LocalPort.freeBeside(servingPort), further);
    try {
      broker.format();
      broker.resume();
    } catch (IOException | RuntimeException e) {
      broker.close();
      throw e;
    }
    return broker;
  }

  /** Where clients connect: {@code HOST:PORT}. */
  public String bootstrapServers() {
    return HOST + ":" + port;
  }

  /** Starts a stopped broker on the same port with the same data. */
  public synchronized void resume() throws IOException {
    if (server != null) {
      return;
    }
    KafkaRaftServer starting =
        new KafkaRaftServer(KafkaConfig.fromProps(properties(), false), Time.SYSTEM);
    try {
      starting.startup();
    } catch (RuntimeException e) {
      starting.shutdown();
      throw new IOException("the embedded broker did not start: " + Causes.rootMessage(e), e);
    }
    server = starting;
  }

  /** Stops the broker and keeps its data, so that {@link #resume} goes on where it ended. */
  public synchronized void stop() {
    if (server != null) {
      server.shutdown();
      server.awaitShutdown();
      server = null;
    }
  }

  /** Creates topics of one replica, those of them that do not exist yet. */
  public void createTopics(Map<String, Integer> partitionsByName) throws IOException {
    List<NewTopic> topics =
        partitionsByName.entrySet().stream()
            .map(topic -> new NewTopic(topic.getKey(), topic.getValue(), (short) 1))
            .toList();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers()))) {
      for (var creation : admin.createTopics(topics).values().entrySet()) {
        awaitCreation(creation.getKey(), creation.getValue());
      }
    }
  }

  /** Deletes topics, and what is in them. */
  public void deleteTopics(Collection<String> topics) throws IOException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers()))) {
      await("topics were not deleted", admin.deleteTopics(topics).all());
    }
  }

  /** Deletes all records of partitions, and keeps the topics. */
  public void deleteRecords(Collection<TopicPartition> partitions) throws IOException {
    Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
    partitions.forEach(partition -> all.put(partition, RecordsToDelete.beforeOffset(-1)));
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers()))) {
      await("records were not deleted", admin.deleteRecords(all).all());
    }
  }

  private static void await(String failure, KafkaFuture<Void> deletion) throws IOException {
    try {
      deletion.get();
    } catch (ExecutionException e) {
      throw new IOException(failure + ": " + Causes.rootMessage(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted: " + failure, e);
    }
  }

  private static void awaitCreation(String topic, KafkaFuture<Void> creation) throws IOException {
    try {
      creation.get();
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw new IOException("topic " + topic + " was not created: " + Causes.rootMessage(e), e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while creating topic " + topic, e);
    }
  }

  @Override
  public void close() {
    stop();
    if (ownsData) {
      TemporaryDirectory.delete(data);
    }
  }

  private void format() throws IOException {
    try {
      new Formatter()
          .setPrintStream(
              new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
          .setClusterId(CLUSTER_ID)
          .setNodeId(1)
          .setReleaseVersion(MetadataVersion.latestProduction())
          .setControllerListenerName("CONTROLLER")
          .setDirectories(List.of(data.toString()))
          .setMetadataLogDirectory(data.toString())
          .setIgnoreFormatted(true)
          .run();
    } catch (IOException | RuntimeException e) {
      throw new IOException(data + " cannot hold the embedded broker: " + Causes.rootMessage(e), e);
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private Properties properties() {
    Properties properties = new Properties();
    properties.putAll(
        Map.of(
            "process.roles", "broker,controller",
            "node.id", "1",
            "controller.quorum.voters", "1@" + HOST + ":" + controllerPort,
            "controller.listener.names", "CONTROLLER",
            "listeners",
                "PLAINTEXT://%s:%d,CONTROLLER://%s:%d".formatted(HOST, port, HOST, controllerPort),
            "listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs", data.toString(),
            "auto.create.topics.enable", "false"));
    properties.putAll(
        Map.of(
            "message.max.bytes", Integer.toString(MAX_MESSAGE_BYTES),
            "replica.fetch.max.bytes", Integer.toString(MAX_MESSAGE_BYTES),
            // One broker is all replicas there are.
            "offsets.topic.replication.factor", "1",
            "transaction.state.log.replication.factor", "1",
            "transaction.state.log.min.isr", "1",
            "share.coordinator.state.topic.replication.factor", "1",
            "share.coordinator.state.topic.min.isr", "1",
            "group.initial.rebalance.delay.ms", "0"));
    properties.putAll(
        Map.of(
            // What a broker of one machine needs, not of a fleet: start and memory stay small.
            "offsets.topic.num.partitions", "4",
            "transaction.state.log.num.partitions", "4",
            "log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20),
            "num.network.threads", "2",
            "num.io.threads", "4",
            "background.threads", "2"));
    properties.putAll(
        Map.of(
            // What is deleted leaves the disk soon.
            "log.segment.bytes", Integer.toString(64 << 20),
            "log.retention.check.interval.ms", "20000",
            "log.segment.delete.delay.ms", "1000"));
    properties.putAll(further);
    return properties;
  }
}
