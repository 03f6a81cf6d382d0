package org.openautoglm.jobs.kafka.reading;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices offsets that a topic has deleted before they were read. Kafka's consumer goes on from the
 * first that is there, and does not say so.
 *
 * <p>The end of a transaction has an offset of its own, and a job that starts goes on from behind
 * the last prompt that it has read. One offset alone may therefore have held no prompt, and nobody
 * can tell any more.
 *
 * <p>Written by the thread that polls; {@link #offsets} is read by any.
 */
final class Deletions {
  private static final Logger LOG = LoggerFactory.getLogger(Deletions.class);

  private final Map<TopicPartition, Long> outOfRange = new HashMap<>();
  private final AtomicLong offsets = new AtomicLong();

  /** How many offsets there were, but for those that may have been ends of transactions. */
  long offsets() {
    return offsets.get();
  }

  /** The brokers do not have this offset, from which records were to come. */
  void refused(TopicPartition partition, long offset) {
    outOfRange.put(partition, offset);
  }

  /**
   * A fetch from this offset is about to be sent.
   *
   * @throws OffsetOutOfRangeException if it lies before one that was read; to go on there would
   *     answer prompts twice
   */
  void asked(TopicPartition partition, long offset) {
    Long from = outOfRange.isEmpty() ? null : outOfRange.remove(partition);
    if (from == null || from == offset) {
      return;
    }
    if (offset < from) {
      throw new OffsetOutOfRangeException(
          "%s was read up to offset %d, and the brokers now have less of it: records were lost"
              .formatted(partition, from),
          Map.of(partition, from));
    }
    if (offset - from == 1) {
      LOG.warn(
          "offset {} of {} was deleted before the job went past it: it is the end of a transaction"
              + " where prompts are published in transactions, and else a prompt without outcome",
          from,
          partition);
    } else {
      offsets.addAndGet(offset - from);
      LOG.error(
          "offsets {} to {} of {} were deleted before the job read them: prompts among them have no"
              + " outcome; was the retention of topic {} too short?",
          from,
          offset - 1,
          partition,
          partition.topic());
    }
  }
}
