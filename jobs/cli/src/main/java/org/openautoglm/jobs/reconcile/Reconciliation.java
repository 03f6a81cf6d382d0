package org.openautoglm.jobs.reconcile;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.openautoglm.schemas.coordinates.RecordPlace;

/**
 * Holds the law against what is committed: each record of the prompts topic has exactly one result
 * or exactly one dead letter, and exactly one audit event. Reads the prompts, then what names them,
 * looks again where something is missing, and reads once more those that it reports.
 *
 * <p>Memory: a byte for each offset of the range and of what follows it. Belongs to one thread.
 */
public final class Reconciliation implements AutoCloseable {
  /** A transaction becomes visible in one topic a little before it does in another. */
  private static final int LOOKS = 3;

  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  /** By so much the clocks of publishers and of the job may differ before more must be read. */
  private static final long CLOCKS_MS = Duration.ofMinutes(10).toMillis();

  /** Behind the job's prefix, the name of our own transactions. */
  private static final String OWN = "-reconcile";

  private final ReconcileRequest request;
  private final Predicate<Duration> pause;
  private final BrokerView brokers;
  private final TopicReader reader;
  private final Tally tally = new Tally();
  private final List<String> notes = new ArrayList<>();
  private PromptRanges ranges;
  private OutcomeReading outcomes;
  private Map<TopicPartition, Long> readAtFirst;

  /**
   * Opens the clients that it needs.
   *
   * @param pause waits so long; true when the reading shall end
   */
  public Reconciliation(ReconcileRequest request, Progress progress, Predicate<Duration> pause) {
    this.request = request;
    this.pause = pause;
    brokers = new BrokerView(request.clients());
    reader = new TopicReader(request.clients().consumer(), progress);
  }

  /** Reads and counts. */
  public void read() throws IOException {
    ranges = new PromptRanges(new RangeFinder(reader, request).find());
    for (PromptRange range : ranges.all()) {
      tally.watch(range.partition().topic(), range.partition().partition(), range.start());
    }
    Optional<Long> firstMs = readPrompts(ranges.starts(), ranges.ends());
    outcomes = new OutcomeReading(reader, tally, request);
    lookUpGroup();
    readAtFirst = brokers.read(request.groupId());
    outcomes.read(firstMs.map(ms -> ms - CLOCKS_MS));
    if (firstMs.isPresent() && ranges.open(tally, false) > 0) {
      outcomes.readEarlier();
    }
    // Where nothing runs, nothing comes; but we may not be allowed to see what runs.
    for (int i = 0;
        i < LOOKS && ranges.open(tally, false) > 0 && (i == 0 || signOfLife().isPresent());
        i++) {
      lookAgain();
    }
    awaitMissing();
    if (outcomes.unplaced() > 0) {
      outcomes.matchByIds();
    }
    guessWhereGroupSaysNothing();
  }

  /** Waits for what is missing or not read, as long as anything comes. */
  private void awaitMissing() throws IOException {
    long lastNs = System.nanoTime();
    long open = ranges.open(tally, true);
    while (open > 0 && System.nanoTime() - lastNs < request.patience().toNanos()) {
      if (!lookAgain()) {
        return;
      }
      long now = ranges.open(tally, true);
      if (now != open) {
        lastNs = System.nanoTime();
        open = now;
      }
    }
  }

  /** Whether to go on. */
  private boolean lookAgain() throws IOException {
    boolean end = pause.test(BETWEEN_LOOKS);
    lookUpGroup();
    outcomes.readOn();
    return !end;
  }

  /**
   * What shows that a job of this group or prefix runs now, so that what it has in hand cannot be
   * told from what is lost; empty where nothing does.
   */
  public Optional<String> signOfLife() throws IOException {
    Optional<String> host = brokers.running(request.groupId());
    if (host.isPresent()) {
      return Optional.of("a job of group " + request.groupId() + " is alive at " + host.get());
    }
    List<String> open = new ArrayList<>(brokers.openTransactions(request.transactionalIdPrefix()));
    open.remove(request.transactionalIdPrefix() + OWN);
    if (!open.isEmpty()) {
      return Optional.of("transaction " + open.get(0) + " is open");
    }
    return brokers.read(request.groupId()).equals(readAtFirst)
        ? Optional.empty()
        : Optional.of("group " + request.groupId() + " reads on");
  }

  /**
   * Tells of each record whose outcome is not as it must be, in the order of the topic.
   *
   * @param republish whether to publish again those that are missing
   */
  public Summary report(boolean republish, Consumer<Finding> each) throws IOException {
    Completeness whole = Completeness.of(reader, brokers, request);
    notes.addAll(whole.notes());
    notes.addAll(Notes.of(brokers, ranges.partitions(), outcomes, request));
    if (!republish) {
      return report(Optional.empty(), whole, each);
    }
    try (Republisher republisher =
        new Republisher(request.clients().producer(), request.transactionalIdPrefix() + OWN)) {
      // Another one may have published them since; from here on it fails if it tries.
      Map<TopicPartition, Long> before = ranges.ends();
      Map<TopicPartition, Long> now = reader.ends(List.copyOf(before.keySet()));
      ranges = ranges.withEnds(now);
      readPrompts(before, now);
      return report(Optional.of(republisher), whole, each);
    }
  }

  private Summary report(
      Optional<Republisher> republisher, Completeness whole, Consumer<Finding> each)
      throws IOException {
    Findings findings = new Findings(reader, tally, request, whole, republisher, each);
    List<Summary.OfPartition> partitions = new ArrayList<>();
    for (PromptRange range : ranges.all()) {
      partitions.add(findings.of(range));
    }
    long republished = republisher.isPresent() ? republisher.get().commit() : 0;
    return new Summary(partitions, findings.breaches(), findings.broken(), republished, notes);
  }

  /** Reads prompts into the tally; the timestamp of the earliest of the first ones. */
  private Optional<Long> readPrompts(Map<TopicPartition, Long> from, Map<TopicPartition, Long> to)
      throws IOException {
    Map<TopicPartition, Long> firstMs = new HashMap<>();
    reader.read(
        "prompts",
        from,
        to,
        record -> {
          firstMs.putIfAbsent(
              new TopicPartition(record.topic(), record.partition()), record.timestamp());
          tally.prompt(place(record), Republisher.republishedOf(record));
        });
    return firstMs.values().stream().min(Long::compare);
  }

  private void lookUpGroup() throws IOException {
    ranges = ranges.withReadTo(brokers.read(request.groupId()));
  }

  /** Behind the last record with an outcome the job may not have read; before it, it has. */
  private void guessWhereGroupSaysNothing() {
    ranges =
        ranges.map(
            range -> {
              TopicPartition at = range.partition();
              if (range.readTo() >= 0) {
                return range;
              }
              notes.add(
                  "group %s has no offset for %s: what stands behind its last outcome counts as not read"
                      .formatted(request.groupId(), at));
              return range.withReadTo(tally.behindLastEnded(at.topic(), at.partition()));
            });
  }

  private static RecordPlace place(ConsumerRecord<byte[], byte[]> record) {
    return new RecordPlace(record.topic(), record.partition(), record.offset());
  }

  @Override
  public void close() {
    reader.close();
    brokers.close();
  }
}
