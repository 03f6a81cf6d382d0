package org.openautoglm.jobs.kafka.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.KafkaConsumer;
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
class OpenTransactionsTest {

  @Test
  void recordsBehindSomebodysOpenTransactionAreSeenWhileTheLagIsZero(SharedBroker broker)
      throws Exception {
    String topic = broker.newTopic("prompts", 1);
    AtomicLong nanos = new AtomicLong();
    OpenTransactions open = new OpenTransactions(nanos::get);
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(broker);
        KafkaProducer<byte[], byte[]> foreign =
            producer(broker, Map.of("transactional.id", "foreign-" + topic));
        KafkaProducer<byte[], byte[]> plain = producer(broker, Map.of())) {
      GuardedClient.guard(
          consumer, new FetchGuard(ReadingLimits.of(1 << 20, true), open, new Deletions()));
      consumer.assign(List.of(new TopicPartition(topic, 0)));
      plain.send(new ProducerRecord<>(topic, new byte[] {1})).get();
      assertThat(consumer.poll(Duration.ofSeconds(30)).count()).isEqualTo(1);
      assertThat(open.records()).isZero();

      foreign.initTransactions();
      foreign.beginTransaction();
      foreign.send(new ProducerRecord<>(topic, new byte[] {2})).get();
      plain.send(new ProducerRecord<>(topic, new byte[] {3})).get();
      await()
          .until(
              () -> {
                assertThat(consumer.poll(Duration.ofMillis(100)).isEmpty()).isTrue();
                return open.records();
              },
              held -> held == 2);
      nanos.set(5_000_000_000L);
      plain.send(new ProducerRecord<>(topic, new byte[] {4})).get();
      await()
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(100));
                return open.records();
              },
              held -> held == 3);
      assertThat(open.ageMs()).isEqualTo(5_000);
      assertThat(consumer.currentLag(new TopicPartition(topic, 0))).hasValue(0);

      foreign.abortTransaction();
      await().until(() -> consumer.poll(Duration.ofMillis(100)).count(), count -> count == 2);
      await()
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(100));
                return open.records();
              },
              held -> held == 0);
      assertThat(open.ageMs()).isZero();
    }
  }

  private static KafkaConsumer<byte[], byte[]> consumer(SharedBroker broker) {
    return new KafkaConsumer<>(
        Map.of(
            "bootstrap.servers", broker.bootstrapServers(),
            "isolation.level", "read_committed",
            "auto.offset.reset", "earliest",
            "group.protocol", "classic"),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  private static KafkaProducer<byte[], byte[]> producer(
      SharedBroker broker, Map<String, Object> further) {
    Map<String, Object> all = new HashMap<>(further);
    all.put("bootstrap.servers", broker.bootstrapServers());
    return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
  }
}
