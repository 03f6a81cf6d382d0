package org.openautoglm.jobs.reconcile;

import java.io.IOException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.openautoglm.jobs.kafka.reading.Unreadable;
import org.openautoglm.jobs.reconcile.Standing.State;
import org.openautoglm.schemas.coordinates.RecordPlace;

/**
 * Goes through the tally and reads once more the records that are not as they must be, so many at a
 * time. Belongs to one thread.
 */
final class Findings {
  private static final int AT_ONCE = 50_000;

  private final TopicReader reader;
  private final Tally tally;
  private final ReconcileRequest request;
  private final Completeness whole;
  private final Optional<Republisher> republisher;
  private final Consumer<Finding> each;
  private final Map<Breach, Long> breaches = new EnumMap<>(Breach.class);
  private long broken;

  Findings(
      TopicReader reader,
      Tally tally,
      ReconcileRequest request,
      Completeness whole,
      Optional<Republisher> republisher,
      Consumer<Finding> each) {
    this.reader = reader;
    this.tally = tally;
    this.request = request;
    this.whole = whole;
    this.republisher = republisher;
    this.each = each;
  }

  /** Records by what is wrong with them, duplicates that are allowed too. */
  Map<Breach, Long> breaches() {
    return breaches;
  }

  /** Records that break the law. */
  long broken() {
    return broken;
  }

  /** Tells of one partition's records, and sums them up. */
  Summary.OfPartition of(PromptRange range) throws IOException {
    String topic = range.partition().topic();
    int partition = range.partition().partition();
    long brokenBefore = broken;
    long notRead = 0;
    long records = 0;
    long[] uncheckable = {0};
    Map<Long, Standing> inQuestion = new HashMap<>();
    for (long offset = range.start(); offset < range.to(); offset++) {
      Optional<Standing> standing =
          tally.standing(new RecordPlace(topic, partition, offset), range.readTo());
      if (standing.isEmpty()) {
        continue;
      }
      records++;
      State state = standing.get().state();
      notRead += state == State.NOT_READ ? 1 : 0;
      if (state == State.BROKEN) {
        inQuestion.put(offset, standing.get());
        if (inQuestion.size() == AT_ONCE) {
          tell(range, inQuestion, uncheckable);
          inQuestion.clear();
        }
      }
    }
    tell(range, inQuestion, uncheckable);
    return new Summary.OfPartition(
        topic,
        partition,
        range.start(),
        range.to(),
        records,
        records - notRead - (broken - brokenBefore) - uncheckable[0],
        notRead,
        broken - brokenBefore,
        uncheckable[0],
        range.deleted());
  }

  private void tell(PromptRange range, Map<Long, Standing> inQuestion, long[] uncheckable)
      throws IOException {
    long[] offsets = inQuestion.keySet().stream().mapToLong(Long::longValue).sorted().toArray();
    IOException[] failure = new IOException[1];
    reader.readAt(
        range.partition(),
        offsets,
        record -> {
          Finding finding = finding(record, inQuestion.get(record.offset()));
          if (!finding.checkable()) {
            uncheckable[0]++;
          } else if (count(finding.breaches())) {
            broken++;
          }
          each.accept(finding);
          if (finding.isMissing()
              && republisher.isPresent()
              && failure[0] == null
              && isReadable(record)) {
            try {
              republisher.get().republish(record);
            } catch (IOException e) {
              failure[0] = e;
            }
          }
        });
    if (failure[0] != null) {
      throw failure[0];
    }
  }

  private Finding finding(ConsumerRecord<byte[], byte[]> record, Standing standing) {
    PromptDetails details = PromptDetails.of(record);
    return new Finding(
        new RecordPlace(record.topic(), record.partition(), record.offset()),
        standing.breaches(),
        whole.proves(standing.breaches(), record.timestamp()),
        standing.outcomes(),
        standing.audits(),
        standing.republished(),
        details.requestId(),
        details.modelId(),
        record.timestamp());
  }

  /** In the place of others there is a mark, which is not what was published. */
  private static boolean isReadable(ConsumerRecord<byte[], byte[]> record) {
    for (Header header : record.headers()) {
      if (Unreadable.reason(header).isPresent()) {
        return false;
      }
    }
    return true;
  }

  /** Whether one of them breaks the law. */
  private boolean count(Set<Breach> found) {
    found.forEach(breach -> breaches.merge(breach, 1L, Long::sum));
    EnumSet<Breach> lawless = EnumSet.copyOf(found);
    if (request.duplicatesAllowed()) {
      lawless.removeIf(Breach::isDuplicate);
    }
    return !lawless.isEmpty();
  }
}
