package org.openautoglm.jobs.kafka.reading;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.DefaultRecordBatch;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MutableRecordBatch;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.requests.FetchRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at every fetch before the consumer does, so that no batch can make it throw, over and over,
 * or take more memory than there is: what cannot be read, or unpacks to too much, is put aside
 * record by record, each with a {@link Unreadable mark} in its place and under its offset, and the
 * consumer goes on past it as past any other.
 *
 * <p>A batch in order costs its checksum, which the consumer then leaves out, and a look at the
 * headers of its compressed blocks. Only a batch that may unpack to too much is read here, by
 * {@link BatchReader}; so is every batch while {@link #doubtAll} holds.
 *
 * <p>Belongs to the thread that polls.
 */
final class FetchGuard {
  private static final Logger LOG = LoggerFactory.getLogger(FetchGuard.class);

  /** A checksum may be wrong because of the wire: how often a batch is fetched before it counts. */
  private static final int CORRUPT_FETCHES = 3;

  /** More than this a batch does not hold, and its count is damaged. */
  private static final int RECORDS_PLAUSIBLE = 1_000_000;

  private static final BatchReader.Reading NOTHING =
      new BatchReader.Reading(MemoryRecords.EMPTY, false, 0);

  private final ReadingLimits limits;
  private final OpenTransactions open;
  private final Deletions deletions;
  private final Map<Place, Asked> asked = new HashMap<>();
  private final Map<Place, Corrupt> corrupt = new HashMap<>();
  private boolean doubtful;

  /** A partition, by its topic's id or name: requests and responses have one or the other. */
  private record Place(Uuid topicId, String topic, int partition) {}

  /** From where on a partition was last fetched. */
  private record Asked(TopicPartition partition, long offset) {}

  private record Corrupt(long baseOffset, int fetches) {}

  /** What is known of the fetch under way. */
  private static final class Budget {
    long bytes;

    Budget(long bytes) {
      this.bytes = bytes;
    }
  }

  FetchGuard(ReadingLimits limits) {
    this(limits, new OpenTransactions(System::nanoTime), new Deletions());
  }

  FetchGuard(ReadingLimits limits, OpenTransactions open, Deletions deletions) {
    this.limits = limits;
    this.open = open;
    this.deletions = deletions;
    open.clear();
  }

  /** From now on every batch is read here first, or no longer. */
  void doubtAll(boolean doubt) {
    doubtful = doubt;
  }

  /** A fetch is about to be sent; partitions that it does not name keep their offsets. */
  void sent(FetchRequest.Builder request) {
    for (Map.Entry<TopicPartition, FetchRequest.PartitionData> entry :
        request.fetchData().entrySet()) {
      TopicPartition tp = entry.getKey();
      FetchRequest.PartitionData fetch = entry.getValue();
      deletions.asked(tp, fetch.fetchOffset);
      Asked from = new Asked(tp, fetch.fetchOffset);
      asked.put(new Place(Uuid.ZERO_UUID, tp.topic(), tp.partition()), from);
      if (!fetch.topicId.equals(Uuid.ZERO_UUID)) {
        asked.put(new Place(fetch.topicId, "", tp.partition()), from);
      }
    }
  }

  /** A fetch has come; what is wrong with it is mended in place. */
  void received(FetchResponseData response) {
    open.see(response);
    Budget budget = new Budget(limits.fetchBytes());
    for (FetchResponseData.FetchableTopicResponse topic : response.responses()) {
      for (FetchResponseData.PartitionData partition : topic.partitions()) {
        Place place = new Place(topic.topicId(), topic.topic(), partition.partitionIndex());
        if (partition.errorCode() == Errors.OFFSET_OUT_OF_RANGE.code()) {
          Asked from = asked.get(place);
          deletions.refused(from.partition(), from.offset());
        } else if (partition.records() instanceof MemoryRecords records
            && records.sizeInBytes() > 0) {
          mended(records, place, budget).ifPresent(partition::setRecords);
        }
      }
    }
  }

  /** What to read instead, unless all is in order. */
  private Optional<MemoryRecords> mended(MemoryRecords records, Place place, Budget budget) {
    List<ByteBuffer> parts = null;
    int at = records.buffer().position();
    for (MutableRecordBatch batch : records.batches()) {
      ByteBuffer raw = records.buffer();
      raw.position(at).limit(at + batch.sizeInBytes());
      at += batch.sizeInBytes();
      BatchReader.Reading reading = look(batch, raw, place, budget);
      if (reading == null) {
        if (parts != null) {
          parts.add(raw);
        }
        continue;
      }
      if (parts == null) {
        parts = new ArrayList<>();
        ByteBuffer before = records.buffer();
        before.limit(raw.position());
        parts.add(before);
      }
      parts.add(reading.records().buffer());
      if (!reading.complete()) {
        break; // The consumer goes on from here with its next fetch.
      }
    }
    return Optional.ofNullable(parts).map(FetchGuard::joined);
  }

  /** What to put in a batch's place; null to leave it as it is. */
  private BatchReader.Reading look(
      MutableRecordBatch batch, ByteBuffer raw, Place place, Budget budget) {
    if (!(batch instanceof DefaultRecordBatch current)) {
      return null; // Of a format that brokers have not written for years.
    }
    long fetchOffset = asked.containsKey(place) ? asked.get(place).offset() : current.baseOffset();
    if (limits.checksCrc() && !current.isValid()) {
      return corrupt(current, place, fetchOffset);
    }
    CompressionType type;
    try {
      type = current.compressionType();
    } catch (IllegalArgumentException e) {
      return told(
          place,
          BatchReader.mark(
              current, fetchOffset, limits, "the batch has a codec that is not known", true));
    }
    if (current.isControlBatch() || (type == CompressionType.NONE && !doubtful)) {
      return null;
    }
    ByteBuffer packed = raw.duplicate();
    packed.position(raw.position() + DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
    long bytes = UnpackedSize.atMost(type, packed);
    if (doubtful || bytes > limits.recordBytes()) {
      if (budget.bytes <= 0) {
        return NOTHING; // Left for the next fetch.
      }
      BatchReader.Reading reading = read(current, packed, place, fetchOffset);
      budget.bytes -= reading.records().sizeInBytes();
      return reading;
    }
    if (limits.isHeavy(bytes, current.countOrNull())) {
      if (bytes > budget.bytes && budget.bytes < limits.fetchBytes()) {
        return NOTHING;
      }
      budget.bytes -= bytes;
    }
    return null;
  }

  private BatchReader.Reading read(
      DefaultRecordBatch batch, ByteBuffer packed, Place place, long fetchOffset) {
    if (batch.compressionType() == CompressionType.SNAPPY
        && UnpackedSize.snappyChunk(packed) > limits.fetchBytes()) {
      return told(
          place,
          BatchReader.mark(
              batch, fetchOffset, limits, "the batch has a chunk that unpacks to too much", true));
    }
    return told(place, BatchReader.read(batch, fetchOffset, limits));
  }

  private BatchReader.Reading corrupt(DefaultRecordBatch batch, Place place, long fetchOffset) {
    Corrupt before = corrupt.get(place);
    int fetches =
        before == null || before.baseOffset() != batch.baseOffset() ? 1 : before.fetches() + 1;
    if (fetches < CORRUPT_FETCHES) {
      corrupt.put(place, new Corrupt(batch.baseOffset(), fetches));
      return NOTHING;
    }
    return told(
        place,
        BatchReader.mark(
            batch,
            fetchOffset,
            limits,
            "the batch's checksum is wrong: it was damaged on the broker's disk or by its sender",
            isPlausible(batch)));
  }

  /** Whether the two places where a batch says how many records it has agree. */
  private static boolean isPlausible(DefaultRecordBatch batch) {
    long offsets = batch.lastOffset() - batch.baseOffset() + 1;
    return offsets == batch.countOrNull() && offsets > 0 && offsets <= RECORDS_PLAUSIBLE;
  }

  private static BatchReader.Reading told(Place place, BatchReader.Reading reading) {
    if (reading.marks() > 0) {
      RecordBatch first = reading.records().batches().iterator().next();
      LOG.warn(
          "Partition {} of topic {}: {} records of the batch at offset {} cannot be read; each is"
              + " answered with a dead letter",
          place.partition(),
          place.topic().isEmpty() ? place.topicId() : place.topic(),
          reading.marks(),
          first.baseOffset());
    }
    return reading;
  }

  private static MemoryRecords joined(List<ByteBuffer> parts) {
    parts.removeIf(part -> !part.hasRemaining());
    if (parts.size() == 1) {
      return MemoryRecords.readableRecords(parts.get(0).slice());
    }
    int size = parts.stream().mapToInt(ByteBuffer::remaining).sum();
    ByteBuffer all = ByteBuffer.allocate(size);
    parts.forEach(all::put);
    return MemoryRecords.readableRecords(all.flip());
  }
}
