package org.openautoglm.jobs.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.openautoglm.schemas.coordinates.RecordPlace;

/**
 * Reads results, dead letters and audit events into the tally, each once. Results written before
 * results named their record are matched by request id, with the audit event as the go-between.
 * Belongs to one thread.
 */
final class OutcomeReading {
  private static final Set<String> WITH_RESULT = Set.of("OK", "PARTIAL", "ERROR");

  private final TopicReader reader;
  private final Tally tally;
  private final ReconcileRequest request;
  private final List<TopicPartition> partitions;
  private Map<TopicPartition, Long> begun = Map.of();
  private Map<TopicPartition, Long> ended = Map.of();
  private long unplaced;
  private long unreadable;

  OutcomeReading(TopicReader reader, Tally tally, ReconcileRequest request) throws IOException {
    this.reader = reader;
    this.tally = tally;
    this.request = request;
    partitions = reader.partitions(request.outputs());
  }

  List<TopicPartition> partitions() {
    return partitions;
  }

  /** Results that do not name their record. */
  long unplaced() {
    return unplaced;
  }

  /** Audit events that could not be read. */
  long unreadable() {
    return unreadable;
  }

  /** Reads from a time on, or from the beginning where there is none, to the end as it is now. */
  void read(Optional<Long> fromMs) throws IOException {
    Map<TopicPartition, Long> ends = reader.ends(partitions);
    begun = reader.beginnings(partitions);
    if (fromMs.isPresent()) {
      begun = reader.atTime(ends, fromMs.get());
    }
    readEach(begun, ends);
    ended = ends;
  }

  /** Reads what was left out before. */
  void readEarlier() throws IOException {
    Map<TopicPartition, Long> beginnings = reader.beginnings(partitions);
    readEach(beginnings, begun);
    begun = beginnings;
  }

  /** Reads what has come since; whether anything has. */
  boolean readOn() throws IOException {
    Map<TopicPartition, Long> ends = reader.ends(partitions);
    boolean more = ends.entrySet().stream().anyMatch(e -> e.getValue() > ended.get(e.getKey()));
    readEach(ended, ends);
    ended = ends;
    return more;
  }

  /**
   * Matches results that do not name their record: as many results as audit events must have an id.
   * Called once, when everything is read.
   */
  void matchByIds() throws IOException {
    IdBalance missing = new IdBalance();
    readTopic(
        request.audit(),
        record ->
            AuditLine.read(record.value())
                .filter(this::lacksResult)
                .ifPresent(audit -> missing.add(audit.requestId().getBytes(UTF_8), 1)));
    readTopic(
        request.results(),
        record -> {
          if (record.key() != null && source(record).isEmpty()) {
            missing.add(record.key(), -1);
          }
        });
    readTopic(
        request.audit(),
        record ->
            AuditLine.read(record.value())
                .filter(this::lacksResult)
                .ifPresent(
                    audit -> {
                      byte[] id = audit.requestId().getBytes(UTF_8);
                      if (missing.get(id) > 0) {
                        missing.add(id, -1);
                      } else {
                        tally.outcome(audit.source());
                      }
                    }));
  }

  /** Out of range too: their results must not be taken for those of others with their ids. */
  private boolean lacksResult(AuditLine audit) {
    return WITH_RESULT.contains(audit.outcome())
        && (!tally.watches(audit.source()) || !tally.hasOutcome(audit.source()));
  }

  private void readEach(Map<TopicPartition, Long> from, Map<TopicPartition, Long> to)
      throws IOException {
    for (String topic : request.outputs()) {
      reader.read(topic, from, only(topic, to), this::count);
    }
  }

  private void readTopic(String topic, Consumer<ConsumerRecord<byte[], byte[]>> each)
      throws IOException {
    reader.read(topic + ", by ids", begun, only(topic, ended), each);
  }

  private static Map<TopicPartition, Long> only(String topic, Map<TopicPartition, Long> offsets) {
    Map<TopicPartition, Long> of = new HashMap<>(offsets);
    of.keySet().removeIf(partition -> !partition.topic().equals(topic));
    return of;
  }

  private void count(ConsumerRecord<byte[], byte[]> record) {
    if (record.topic().equals(request.audit())) {
      AuditLine.read(record.value())
          .ifPresentOrElse(
              audit -> tally.audit(audit.source(), audit.outcome()), () -> unreadable++);
    } else if (record.topic().equals(request.results())) {
      source(record).ifPresentOrElse(tally::outcome, () -> unplaced++);
    } else {
      letterSource(record).ifPresent(tally::outcome);
    }
  }

  private static Optional<RecordPlace> source(ConsumerRecord<byte[], byte[]> record) {
    return header(record, RecordPlace.SOURCE_HEADER).flatMap(RecordPlace::parse);
  }

  private static Optional<RecordPlace> letterSource(ConsumerRecord<byte[], byte[]> record) {
    return header(record, "autoglm-source-topic")
        .flatMap(
            topic ->
                header(record, "autoglm-source-partition")
                    .flatMap(
                        partition ->
                            header(record, "autoglm-source-offset")
                                .flatMap(
                                    offset ->
                                        RecordPlace.parse(
                                            topic + "-" + partition + "-" + offset))));
  }

  static Optional<String> header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null || header.value() == null
        ? Optional.empty()
        : Optional.of(new String(header.value(), UTF_8));
  }
}
