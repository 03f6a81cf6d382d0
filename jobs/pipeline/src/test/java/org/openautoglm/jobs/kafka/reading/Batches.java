package org.openautoglm.jobs.kafka.reading;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.DefaultRecordBatch;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.record.SimpleRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.apache.kafka.common.utils.ByteUtils;

/** Batches as producers write them, and as none should. */
public final class Batches {
  public static final long TIMESTAMP_MS = 1_700_000_000_000L;

  private Batches() {}

  /** A batch of so many records, each with its offset as the value's beginning. */
  public static MemoryRecords of(
      long baseOffset, CompressionType type, int records, int valueBytes) {
    SimpleRecord[] all =
        IntStream.range(0, records)
            .mapToObj(
                i -> new SimpleRecord(TIMESTAMP_MS, key(baseOffset + i), new byte[valueBytes]))
            .toArray(SimpleRecord[]::new);
    return MemoryRecords.withRecords(baseOffset, Compression.of(type).build(), all);
  }

  public static byte[] key(long offset) {
    return ("key-" + offset).getBytes(UTF_8);
  }

  /** One record of a length in a batch, written as a stream, so that no memory has to hold it. */
  public record Body(long bytes, ByteString head) {
    /** A record whose value is so many zeros. */
    public static Body zeros(int offsetDelta, int valueBytes) {
      ByteArrayOutputStream head = new ByteArrayOutputStream();
      try (DataOutputStream out = new DataOutputStream(head)) {
        out.write(0);
        ByteUtils.writeVarlong(0, out);
        ByteUtils.writeVarint(offsetDelta, out);
        ByteUtils.writeVarint(-1, out);
        ByteUtils.writeVarint(valueBytes, out);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return new Body(head.size() + valueBytes + 1L, ByteString.copyFrom(head.toByteArray()));
    }
  }

  /** A batch of records as they are given, whatever they say of themselves. */
  public static MemoryRecords raw(long baseOffset, CompressionType type, List<Body> bodies) {
    try {
      ByteBufferOutputStream packed = new ByteBufferOutputStream(1 << 16);
      try (OutputStream out =
              Compression.of(type).build().wrapForOutput(packed, RecordBatch.MAGIC_VALUE_V2);
          DataOutputStream data = new DataOutputStream(out)) {
        byte[] zeros = new byte[1 << 16];
        for (Body body : bodies) {
          ByteUtils.writeVarint((int) body.bytes(), data);
          data.write(body.head().toByteArray());
          for (long left = body.bytes() - body.head().size(); left > 0; left -= zeros.length) {
            data.write(zeros, 0, (int) Math.min(left, zeros.length));
          }
        }
      }
      ByteBuffer records = packed.buffer().flip();
      return header(baseOffset, type, bodies.size(), records);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A batch of one record that says that it is longer than it is. */
  public static MemoryRecords lying(long offset, CompressionType type, Body body) {
    ByteBuffer record = ByteBuffer.allocate(5 + body.head().size());
    ByteUtils.writeVarint((int) body.bytes(), record);
    record.put(body.head().asReadOnlyByteBuffer());
    return unframed(offset, type, Arrays.copyOf(record.array(), record.position()));
  }

  /** A batch of one record of these bytes, its length included. */
  private static MemoryRecords unframed(long offset, CompressionType type, byte[] record) {
    ByteBufferOutputStream packed = new ByteBufferOutputStream(record.length + 100);
    try (OutputStream out =
        Compression.of(type).build().wrapForOutput(packed, RecordBatch.MAGIC_VALUE_V2)) {
      out.write(record);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return header(offset, type, 1, packed.buffer().flip());
  }

  private static MemoryRecords header(
      long baseOffset, CompressionType type, int count, ByteBuffer records) {
    int size = DefaultRecordBatch.RECORD_BATCH_OVERHEAD + records.remaining();
    ByteBuffer batch = ByteBuffer.allocate(size);
    batch.position(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
    batch.put(records).rewind(); // Before the header, whose checksum covers them.
    DefaultRecordBatch.writeHeader(
        batch,
        baseOffset,
        count - 1,
        size,
        RecordBatch.MAGIC_VALUE_V2,
        type,
        TimestampType.CREATE_TIME,
        TIMESTAMP_MS,
        TIMESTAMP_MS,
        RecordBatch.NO_PRODUCER_ID,
        RecordBatch.NO_PRODUCER_EPOCH,
        RecordBatch.NO_SEQUENCE,
        false,
        false,
        false,
        0,
        count);
    return MemoryRecords.readableRecords(batch.rewind());
  }

  /** One after the other, as a partition's fetch holds them. */
  public static MemoryRecords joined(MemoryRecords... parts) {
    ByteBuffer all =
        ByteBuffer.allocate(
            IntStream.range(0, parts.length).map(i -> parts[i].sizeInBytes()).sum());
    for (MemoryRecords part : parts) {
      all.put(part.buffer());
    }
    return MemoryRecords.readableRecords(all.flip());
  }

  /** What the consumer sees, one word for each record: its offset, and a ! where it is marked. */
  static List<String> seen(MemoryRecords records) {
    List<String> seen = new ArrayList<>();
    for (Record record : records.records()) {
      boolean marked =
          record.headers().length == 1
              && Unreadable.reason(record.headers()[0]).isPresent()
              && !record.hasValue();
      seen.add(record.offset() + (marked ? "!" : ""));
    }
    return seen;
  }
}
