package org.openautoglm.jobs.processes;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.openautoglm.jobs.kafka.reading.Batches;
import org.openautoglm.jobs.kafka.reading.Batches.Body;
import org.openautoglm.jobs.law.RawProducer;
import org.openautoglm.jobs.local.EmbeddedBroker;
import org.openautoglm.schemas.corpus.BadRecord;
import org.openautoglm.schemas.corpus.BadRecords;

/** Records that nobody can answer, of every kind, as they are published. */
final class Poison {
  private static final int BOMB_BYTES = 300_000_000;
  private static final int OVERSIZED_BYTES = 20_000_000;

  private final Map<String, Object> client;
  private final String topic;
  private int published;

  Poison(Map<String, Object> client, String topic) {
    this.client = client;
    this.topic = topic;
  }

  /** How many records there are of it by now. */
  int published() {
    return published;
  }

  /** Publishes each kind once. */
  void publish() throws Exception {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (BadRecord bad : BadRecords.all()) {
      ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(
              topic,
              bad.name().getBytes(UTF_8),
              bad.value().map(ByteString::toByteArray).orElse(null));
      bad.headers()
          .forEach(
              header -> record.headers().add(header.getKey(), header.getValue().toByteArray()));
      records.add(record);
    }
    send("none", records);
    // More than a request may have, in few bytes on the way.
    byte[] large =
        ("{\"model_id\":\""
                + Prompts.EMBEDDER
                + "\",\"inputs\":[\""
                + "a".repeat(OVERSIZED_BYTES)
                + "\"]}")
            .getBytes(UTF_8);
    for (String codec : List.of("gzip", "lz4", "zstd")) {
      send(codec, List.of(new ProducerRecord<>(topic, codec.getBytes(UTF_8), large)));
    }
    try (RawProducer raw = new RawProducer(client.get("bootstrap.servers").toString())) {
      raw.send(topic, Batches.raw(0, CompressionType.ZSTD, List.of(Body.zeros(0, BOMB_BYTES))));
      raw.send(
          topic,
          Batches.lying(
              0,
              CompressionType.GZIP,
              new Body(BOMB_BYTES, ByteString.copyFrom(new byte[] {0, 0, 0, 1, 1, 0}))));
      published += 2;
    }
  }

  /** Publishes inputs that do harm when they run, one of each kind; where they lie. */
  List<RecordMetadata> publish(PoisonedRow... kinds) throws Exception {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (PoisonedRow kind : kinds) {
      String id = kind.requestId(published + records.size());
      String value =
          "{\"request_id\":\"%s\",\"model_id\":\"%s\",\"inputs\":[\"poison\"]}"
              .formatted(id, Prompts.EMBEDDER);
      records.add(new ProducerRecord<>(topic, id.getBytes(UTF_8), value.getBytes(UTF_8)));
    }
    return send("none", records);
  }

  private List<RecordMetadata> send(String codec, List<ProducerRecord<byte[], byte[]>> records)
      throws Exception {
    List<RecordMetadata> sent = new ArrayList<>();
    Map<String, Object> properties = new java.util.HashMap<>(client);
    properties.put("compression.type", codec);
    properties.put("max.request.size", EmbeddedBroker.MAX_MESSAGE_BYTES);
    properties.put("buffer.memory", 3L * EmbeddedBroker.MAX_MESSAGE_BYTES);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (ProducerRecord<byte[], byte[]> record : records) {
        sent.add(producer.send(record).get());
        published++;
      }
    }
    return sent;
  }
}
