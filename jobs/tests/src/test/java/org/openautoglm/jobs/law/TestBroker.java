package org.openautoglm.jobs.law;

import java.io.IOException;
import org.openautoglm.jobs.local.EmbeddedBroker;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A real broker that the end-to-end tests may take down and bring back on the same address and
 * data.
 */
interface TestBroker extends AutoCloseable {
  String bootstrapServers();

  void stop();

  void resume() throws IOException;

  @Override
  void close();

  /** Kafka in this process. */
  static TestBroker embedded() throws IOException {
    EmbeddedBroker broker = EmbeddedBroker.start();
    return new TestBroker() {
      @Override
      public String bootstrapServers() {
        return broker.bootstrapServers();
      }

      @Override
      public void stop() {
        broker.stop();
      }

      @Override
      public void resume() throws IOException {
        broker.resume();
      }

      @Override
      public void close() {
        broker.close();
      }
    };
  }

  /**
   * Kafka's own image in a container; paused rather than stopped, since a restart changes its port.
   */
  static TestBroker container() {
    KafkaContainer container =
        new KafkaContainer(DockerImageName.parse("apache/kafka:4.2.0"))
            .withEnv("KAFKA_MESSAGE_MAX_BYTES", Integer.toString(EmbeddedBroker.MAX_MESSAGE_BYTES))
            .withEnv("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0");
    container.start();
    return new TestBroker() {
      @Override
      public String bootstrapServers() {
        return container.getBootstrapServers();
      }

      @Override
      public void stop() {
        container.getDockerClient().pauseContainerCmd(container.getContainerId()).exec();
      }

      @Override
      public void resume() {
        container.getDockerClient().unpauseContainerCmd(container.getContainerId()).exec();
      }

      @Override
      public void close() {
        container.stop();
      }
    };
  }
}
