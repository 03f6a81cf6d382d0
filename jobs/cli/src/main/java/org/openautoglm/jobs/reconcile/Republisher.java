package org.openautoglm.jobs.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.openautoglm.schemas.coordinates.RecordPlace;

/**
 * Publishes records again, as they are, into their own partition: key, value, headers and the
 * timestamp that deadlines count from; a header names the first. Some thousand in one transaction.
 * Of two at once, the one that began first fails. Belongs to one thread.
 */
final class Republisher implements AutoCloseable {
  private static final int RECORDS_PER_TRANSACTION = 1_000;

  /** As large as records can be, since these were taken once. */
  private static final int REQUEST_BYTES_MAX = 128 << 20;

  private static final Duration CLOSING_MAX = Duration.ofSeconds(10);

  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private int open;
  private long committed;

  /** Ends whatever an earlier one of this name left open. */
  Republisher(Map<String, Object> client, String transactionalId) {
    Map<String, Object> properties = new HashMap<>(client);
    properties.put("transactional.id", transactionalId);
    properties.put("max.request.size", REQUEST_BYTES_MAX);
    properties.put("buffer.memory", 2L * REQUEST_BYTES_MAX);
    // What was compressed to be within the topic's limit must be again.
    properties.put("compression.type", "zstd");
    properties.put("linger.ms", 20);
    properties.put("acks", "all");
    properties.put("enable.idempotence", true);
    producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    producer.initTransactions();
  }

  /** Adds a record to the transaction that is open. */
  void republish(ConsumerRecord<byte[], byte[]> record) throws IOException {
    if (open == 0) {
      producer.beginTransaction();
    }
    RecordHeaders headers = new RecordHeaders(record.headers().toArray());
    RecordPlace place = new RecordPlace(record.topic(), record.partition(), record.offset());
    if (republishedOf(record).isEmpty()) {
      headers.remove(RecordPlace.REPUBLISHED_OF_HEADER);
      headers.add(RecordPlace.REPUBLISHED_OF_HEADER, place.toString().getBytes(UTF_8));
    }
    var unused =
        producer.send(
            new ProducerRecord<>(
                record.topic(),
                record.partition(),
                record.timestamp() < 0 ? null : record.timestamp(),
                record.key(),
                record.value(),
                headers),
            (metadata, e) -> {
              if (e != null) {
                failure.compareAndSet(
                    null, new IOException(place + " cannot be published again: " + e.getMessage()));
              }
            });
    open++;
    if (open >= RECORDS_PER_TRANSACTION) {
      commit();
    }
  }

  /** The record that a record stands for. */
  static Optional<RecordPlace> republishedOf(ConsumerRecord<byte[], byte[]> record) {
    return OutcomeReading.header(record, RecordPlace.REPUBLISHED_OF_HEADER)
        .flatMap(RecordPlace::parse);
  }

  /** Commits what was added; how many were committed in all. */
  long commit() throws IOException {
    if (open > 0) {
      try {
        producer.flush();
        if (failure.get() == null) {
          producer.commitTransaction();
        }
      } catch (KafkaException e) {
        failure.compareAndSet(null, e);
      }
      if (failure.get() != null) {
        throw new IOException(
            "%s; %d records were published again before it, nothing of the rest was: run it again"
                .formatted(failure.get().getMessage(), committed),
            failure.get());
      }
      committed += open;
      open = 0;
    }
    return committed;
  }

  /** Aborts what was not committed. */
  @Override
  public void close() {
    try {
      if (open > 0) {
        producer.abortTransaction();
      }
    } catch (KafkaException e) {
      // The broker aborts it, when the next one of this name begins or its time is up.
    } finally {
      producer.close(CLOSING_MAX);
    }
  }
}
