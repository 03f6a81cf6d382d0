package org.openautoglm.jobs.kafka.reading;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.DefaultRecord;
import org.apache.kafka.common.record.DefaultRecordBatch;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MemoryRecordsBuilder;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * Reads one batch with a care that Kafka's consumer does not take, and writes it anew without
 * compression: record by record and never more than one of them at a time, each with its offset,
 * and a {@link Unreadable mark} in the place of each that is too large or makes no sense. What does
 * not fit in one fetch is left for the next, which begins behind the last record written here.
 *
 * <p>Memory: what is written, at most the fetch's bytes and one record more.
 */
final class BatchReader {
  /** Records that only have a mark, of one fetch. */
  private static final int MARKS_MAX = 10_000;

  private final DefaultRecordBatch batch;
  private final long fromOffset;
  private final ReadingLimits limits;
  private final MemoryRecordsBuilder out;
  private final boolean keepsProducer;
  private long nextOffset;
  private int marks;

  /** What became of a batch. */
  record Reading(MemoryRecords records, boolean complete, int marks) {}

  private BatchReader(
      DefaultRecordBatch batch, long fetchOffset, ReadingLimits limits, boolean keepsProducer) {
    this.batch = batch;
    this.fromOffset = Math.max(batch.baseOffset(), fetchOffset);
    this.limits = limits;
    this.keepsProducer = keepsProducer;
    this.nextOffset = batch.baseOffset();
    this.out = builder();
  }

  private MemoryRecordsBuilder builder() {
    boolean appended = keepsProducer && batch.timestampType() == TimestampType.LOG_APPEND_TIME;
    return new MemoryRecordsBuilder(
        new ByteBufferOutputStream(1024),
        RecordBatch.MAGIC_VALUE_V2,
        Compression.NONE,
        appended ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME,
        batch.baseOffset(),
        appended ? batch.maxTimestamp() : RecordBatch.NO_TIMESTAMP,
        keepsProducer ? batch.producerId() : RecordBatch.NO_PRODUCER_ID,
        keepsProducer ? batch.producerEpoch() : RecordBatch.NO_PRODUCER_EPOCH,
        keepsProducer ? batch.baseSequence() : RecordBatch.NO_SEQUENCE,
        keepsProducer && batch.isTransactional(),
        false,
        batch.partitionLeaderEpoch(),
        Integer.MAX_VALUE);
  }

  /**
   * Reads a batch whose checksum is right.
   *
   * @param fetchOffset records before this one are left out
   */
  static Reading read(DefaultRecordBatch batch, long fetchOffset, ReadingLimits limits) {
    return new BatchReader(batch, fetchOffset, limits, true).read();
  }

  /**
   * Marks every record of a batch.
   *
   * @param trusted whether what the batch says of itself is right; otherwise only one record is
   *     marked, and the next fetch shows what is behind it
   */
  static Reading mark(
      DefaultRecordBatch batch,
      long fetchOffset,
      ReadingLimits limits,
      String reason,
      boolean trusted) {
    BatchReader reader = new BatchReader(batch, fetchOffset, limits, trusted);
    if (trusted) {
      return reader.markRest(reason);
    }
    reader.mark(reader.fromOffset, RecordBatch.NO_TIMESTAMP, reason);
    return reader.built(false);
  }

  private Reading read() {
    int count = batch.countOrNull();
    try (InputStream in = batch.recordInputStream(BufferSupplier.NO_CACHING)) {
      for (int i = 0; i < count; i++) {
        if (out.uncompressedBytesWritten() > limits.fetchBytes() || marks >= MARKS_MAX) {
          return built(false);
        }
        next(in);
      }
    } catch (IOException | RuntimeException e) {
      return markRest("the batch cannot be unpacked: " + words(e));
    }
    if (nextOffset <= batch.lastOffset() && out.numRecords() > 0) {
      out.overrideLastOffset(batch.lastOffset()); // Records were compacted away behind the last.
    }
    return built(true);
  }

  private void next(InputStream in) throws IOException {
    int size = ByteUtils.readVarint(in);
    if (size < 0) {
      throw new IOException("a record of " + size + " bytes");
    }
    if (size > limits.recordBytes()) {
      nextTooLarge(in, size);
      return;
    }
    byte[] body = in.readNBytes(size);
    if (body.length < size) {
      throw new EOFException("a record ends early");
    }
    DefaultRecord record;
    try {
      record = parse(body);
    } catch (RuntimeException e) {
      mark(nextOffset, batch.maxTimestamp(), "the record's parts do not fit: " + words(e));
      return;
    }
    if (record.offset() < nextOffset || record.offset() > batch.lastOffset()) {
      throw new IOException("offset " + record.offset() + " is none of the batch's");
    }
    if (record.offset() >= fromOffset) {
      out.appendWithOffset(record.offset(), record);
    }
    nextOffset = record.offset() + 1;
  }

  private DefaultRecord parse(byte[] body) {
    ByteBuffer whole = ByteBuffer.allocate(body.length + ByteUtils.sizeOfVarint(body.length));
    ByteUtils.writeVarint(body.length, whole);
    whole.put(body).flip();
    Long appended =
        batch.timestampType() == TimestampType.LOG_APPEND_TIME ? batch.maxTimestamp() : null;
    return DefaultRecord.readFrom(
        whole, batch.baseOffset(), batch.baseTimestamp(), RecordBatch.NO_SEQUENCE, appended);
  }

  /** Reads where it stands, and goes past the rest without keeping it. */
  private void nextTooLarge(InputStream in, int size) throws IOException {
    if (in.read() < 0) {
      throw new EOFException("a record ends early");
    }
    long timestampDelta = ByteUtils.readVarlong(in);
    int offsetDelta = ByteUtils.readVarint(in);
    int head = 1 + ByteUtils.sizeOfVarlong(timestampDelta) + ByteUtils.sizeOfVarint(offsetDelta);
    in.skipNBytes(size - head);
    long offset = batch.baseOffset() + offsetDelta;
    if (offset < nextOffset || offset > batch.lastOffset()) {
      throw new IOException("offset " + offset + " is none of the batch's");
    }
    mark(
        offset,
        batch.baseTimestamp() + timestampDelta,
        String.format(
            Locale.ROOT,
            "the record has %,d bytes once it is unpacked; the limit is %,d",
            size,
            limits.recordBytes()));
  }

  private Reading markRest(String reason) {
    while (nextOffset <= batch.lastOffset()) {
      if (marks >= MARKS_MAX) {
        return built(false);
      }
      mark(Math.max(nextOffset, fromOffset), batch.maxTimestamp(), reason);
    }
    return built(true);
  }

  private void mark(long offset, long timestampMs, String reason) {
    if (offset >= fromOffset) {
      long shown = Math.max(RecordBatch.NO_TIMESTAMP, timestampMs);
      out.appendWithOffset(offset, shown, (byte[]) null, null, Unreadable.mark(reason));
      marks++;
    }
    nextOffset = offset + 1;
  }

  private Reading built(boolean complete) {
    MemoryRecords records = out.build();
    boolean isEmpty = complete && records.sizeInBytes() == 0;
    return new Reading(isEmpty ? nothing() : records, complete, marks);
  }

  /** A batch without records, whose header takes the consumer past it. */
  private MemoryRecords nothing() {
    ByteBuffer header = ByteBuffer.allocate(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
    DefaultRecordBatch.writeEmptyHeader(
        header,
        RecordBatch.MAGIC_VALUE_V2,
        batch.producerId(),
        batch.producerEpoch(),
        batch.baseSequence(),
        batch.baseOffset(),
        batch.lastOffset(),
        batch.partitionLeaderEpoch(),
        batch.timestampType(),
        batch.maxTimestamp(),
        batch.isTransactional(),
        false);
    return MemoryRecords.readableRecords(header.flip());
  }

  private static String words(Exception e) {
    Throwable cause = e instanceof KafkaException && e.getCause() != null ? e.getCause() : e;
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}
