package org.openautoglm.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest {
  @TempDir Path data;

  @Test
  void goesOnAfterARestartOnTheSamePortWithTheSameData() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(Optional.of(data), 0)) {
      String before = broker.bootstrapServers();
      broker.createTopics(Map.of("words", 1));
      try (KafkaProducer<String, String> producer = transactionalProducer(before)) {
        producer.initTransactions();
        commit(producer, "一");
        producer.beginTransaction();
        Future<RecordMetadata> aborted = producer.send(new ProducerRecord<>("words", "aborted"));
        aborted.get();
        producer.abortTransaction();

        broker.stop();
        broker.resume();

        assertThat(broker.bootstrapServers()).isEqualTo(before);
        commit(producer, "二");
      }
      assertThat(committed(broker, 2)).containsExactly("一", "二");
    }
    try (EmbeddedBroker another = EmbeddedBroker.start(Optional.of(data), 0)) {
      another.createTopics(Map.of("words", 1, "more", 2));
      assertThat(committed(another, 2)).containsExactly("一", "二");
    }
  }

  @Test
  void takesRecordsOfManyMebibytes(@TempDir Path other) throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(Optional.of(other), 0)) {
      broker.createTopics(Map.of("words", 1));
      String large = "x".repeat(8 << 20);
      try (KafkaProducer<String, String> producer =
          transactionalProducer(broker.bootstrapServers())) {
        producer.initTransactions();
        commit(producer, large);
      }
      assertThat(committed(broker, 1)).containsExactly(large);
    }
  }

  @Test
  void deletesRecordsAndTopics() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(Optional.of(data), 0)) {
      broker.createTopics(Map.of("words", 1, "more", 1));
      try (KafkaProducer<String, String> producer =
          transactionalProducer(broker.bootstrapServers())) {
        producer.initTransactions();
        commit(producer, "一");
        broker.deleteRecords(List.of(new TopicPartition("words", 0)));
        commit(producer, "二");
      }
      assertThat(committed(broker, 1)).containsExactly("二");

      broker.deleteTopics(List.of("words"));
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
        await().until(() -> admin.listTopics().names().get().equals(Set.of("more")));
      }
      assertThatThrownBy(() -> broker.deleteTopics(List.of("words")))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("topics were not deleted: ");
    }
  }

  @Test
  void saysWhenItsPortIsTaken() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(Optional.of(data), 0)) {
      int taken = URI.create("kafka://" + broker.bootstrapServers()).getPort();
      assertThatThrownBy(() -> EmbeddedBroker.start(Optional.empty(), taken))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("port " + taken + " is in use");
    }
  }

  private static void commit(KafkaProducer<String, String> producer, String value)
      throws Exception {
    producer.beginTransaction();
    Future<RecordMetadata> sent = producer.send(new ProducerRecord<>("words", value));
    sent.get();
    producer.commitTransaction();
  }

  private static KafkaProducer<String, String> transactionalProducer(String bootstrap) {
    return new KafkaProducer<>(
        Map.of(
            "bootstrap.servers",
            bootstrap,
            "transactional.id",
            "test",
            "max.request.size",
            EmbeddedBroker.MAX_MESSAGE_BYTES),
        new StringSerializer(),
        new StringSerializer());
  }

  private static List<String> committed(EmbeddedBroker broker, int count) {
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers", broker.bootstrapServers(),
                "isolation.level", "read_committed",
                "auto.offset.reset", "earliest"),
            new StringDeserializer(),
            new StringDeserializer())) {
      consumer.assign(List.of(new TopicPartition("words", 0)));
      while (values.size() < count) {
        consumer.poll(Duration.ofSeconds(1)).forEach(each -> values.add(each.value()));
      }
    }
    return values;
  }
}
