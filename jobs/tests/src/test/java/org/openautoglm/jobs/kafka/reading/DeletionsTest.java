package org.openautoglm.jobs.kafka.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openautoglm.jobs.local.SharedBroker;

@ExtendWith(SharedBroker.class)
@Timeout(60)
class DeletionsTest {
  private static final TopicPartition PARTITION = new TopicPartition("p", 0);

  @Test
  void recordsThatAreDeletedBeforeTheyAreReadAreCounted(SharedBroker broker) throws Exception {
    TopicPartition partition = new TopicPartition(broker.newTopic("prompts", 1), 0);
    Deletions deletions = new Deletions();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(broker);
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      GuardedClient.guard(
          consumer,
          new FetchGuard(
              ReadingLimits.of(1 << 20, true), new OpenTransactions(System::nanoTime), deletions));
      consumer.assign(List.of(partition));
      consumer.seek(partition, 2);
      publish(broker, partition, 7);
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(6))).all().get();
      await().until(() -> consumer.poll(Duration.ofMillis(100)).count(), count -> count == 1);
    }
    assertThat(deletions.offsets()).isEqualTo(4);
  }

  @Test
  void whatIsReadBeforeItIsDeletedIsNotLost() {
    Deletions deletions = new Deletions();
    deletions.asked(PARTITION, 5);
    deletions.asked(PARTITION, 9);
    assertThat(deletions.offsets()).isZero();
  }

  @Test
  void oneOffsetAloneMayBeTheEndOfATransaction() {
    Deletions deletions = new Deletions();
    deletions.refused(PARTITION, 5);
    deletions.asked(PARTITION, 6);
    assertThat(deletions.offsets()).isZero();
    deletions.refused(PARTITION, 6);
    deletions.asked(PARTITION, 8);
    assertThat(deletions.offsets()).isEqualTo(2);
  }

  @Test
  void whatWasReadIsNotReadAgainWhereATopicHasBecomeShorter() {
    Deletions deletions = new Deletions();
    deletions.refused(PARTITION, 5);
    assertThatThrownBy(() -> deletions.asked(PARTITION, 0))
        .isInstanceOf(OffsetOutOfRangeException.class)
        .hasMessageContaining("p-0 was read up to offset 5");
  }

  private static void publish(SharedBroker broker, TopicPartition to, int count) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < count; i++) {
        producer.send(new ProducerRecord<>(to.topic(), to.partition(), null, new byte[1])).get();
      }
    }
  }

  private static KafkaConsumer<byte[], byte[]> consumer(SharedBroker broker) {
    return new KafkaConsumer<>(
        Map.of(
            "bootstrap.servers", broker.bootstrapServers(),
            "auto.offset.reset", "earliest",
            "group.protocol", "classic"),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }
}
