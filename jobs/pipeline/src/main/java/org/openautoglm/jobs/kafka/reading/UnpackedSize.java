package org.openautoglm.jobs.kafka.reading;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.LongBinaryOperator;
import org.apache.kafka.common.record.CompressionType;

/**
 * What a compressed batch may unpack to, read off its frames without unpacking it: each format says
 * how large its blocks are, or bounds them. Pure.
 *
 * <p>Of gzip it is what the trailer says, since that format has no blocks to count; a trailer that
 * lies is found when the batch is read.
 */
final class UnpackedSize {
  private static final int ZSTD_MAGIC = 0xFD2FB528;
  private static final int ZSTD_SKIPPABLE = 0x184D2A50;
  private static final int ZSTD_BLOCK_MAX = 128 * 1024;
  private static final int LZ4_MAGIC = 0x184D2204;
  private static final long XERIAL_MAGIC = 0x82534E4150505900L;
  private static final int XERIAL_HEADER_BYTES = 16;

  /** More than this is "far too much", and counting on is in vain. */
  private static final long ENDLESS = Long.MAX_VALUE;

  private UnpackedSize() {}

  /**
   * The most bytes that this may unpack to; {@link Long#MAX_VALUE} where its frames make no sense.
   *
   * @param packed the batch's records as they are, from its position to its limit
   */
  static long atMost(CompressionType type, ByteBuffer packed) {
    ByteBuffer in = packed.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    try {
      return switch (type) {
        case NONE -> in.remaining();
        case ZSTD -> zstd(in);
        case LZ4 -> lz4(in);
        case SNAPPY -> snappy(in, Long::sum);
        case GZIP -> gzip(in);
      };
    } catch (IndexOutOfBoundsException | BufferUnderflowException e) {
      return ENDLESS;
    }
  }

  /** What snappy's reader makes room for at a time: the largest of its chunks. */
  static long snappyChunk(ByteBuffer packed) {
    try {
      return snappy(packed.duplicate(), Math::max);
    } catch (IndexOutOfBoundsException | BufferUnderflowException e) {
      return ENDLESS;
    }
  }

  /** RFC 8878, 3.1.1: frames of blocks, of which none is larger than 128 KiB. */
  private static long zstd(ByteBuffer in) {
    long bytes = 0;
    while (in.hasRemaining()) {
      int magic = in.getInt();
      if ((magic & 0xFFFFFFF0) == ZSTD_SKIPPABLE) {
        skip(in, Integer.toUnsignedLong(in.getInt()));
        continue;
      }
      if (magic != ZSTD_MAGIC) {
        return ENDLESS;
      }
      int descriptor = in.get();
      boolean single = (descriptor & 0x20) != 0;
      int dictionaryBytes = new int[] {0, 1, 2, 4}[descriptor & 3];
      int sizeBytes = new int[] {single ? 1 : 0, 2, 4, 8}[descriptor >> 6 & 3];
      skip(in, (single ? 0 : 1) + dictionaryBytes + sizeBytes);
      boolean last = false;
      while (!last) {
        int header = (in.get() & 0xFF) | (in.get() & 0xFF) << 8 | (in.get() & 0xFF) << 16;
        last = (header & 1) != 0;
        int size = header >> 3;
        switch (header >> 1 & 3) {
          case 0 -> {
            bytes += size;
            skip(in, size);
          }
          case 1 -> {
            bytes += size;
            skip(in, 1);
          }
          case 2 -> {
            bytes += ZSTD_BLOCK_MAX;
            skip(in, size);
          }
          default -> {
            return ENDLESS;
          }
        }
      }
      skip(in, (descriptor & 4) != 0 ? 4 : 0);
    }
    return bytes;
  }

  /** LZ4's frame format: blocks up to the size that the frame's descriptor says. */
  private static long lz4(ByteBuffer in) {
    if (in.getInt() != LZ4_MAGIC) {
      return ENDLESS;
    }
    int flags = in.get();
    int blockMax = 1 << (8 + 2 * (in.get() >> 4 & 7));
    skip(in, ((flags & 8) != 0 ? 8 : 0) + ((flags & 1) != 0 ? 4 : 0) + 1);
    long bytes = 0;
    for (int header = in.getInt(); header != 0; header = in.getInt()) {
      int size = header & 0x7FFFFFFF;
      bytes += header < 0 ? size : blockMax;
      skip(in, size + ((flags & 16) != 0 ? 4L : 0));
    }
    return bytes;
  }

  /** Chunks behind a header of xerial's, or one without; each begins with its unpacked length. */
  private static long snappy(ByteBuffer in, LongBinaryOperator together) {
    in.order(ByteOrder.BIG_ENDIAN);
    if (in.remaining() < XERIAL_HEADER_BYTES || in.getLong(in.position()) != XERIAL_MAGIC) {
      return unsignedVarint(in);
    }
    skip(in, XERIAL_HEADER_BYTES);
    long bytes = 0;
    while (in.hasRemaining()) {
      int size = in.getInt();
      if (size < 0) {
        return ENDLESS;
      }
      int end = in.position() + size;
      bytes = together.applyAsLong(bytes, unsignedVarint(in));
      skip(in, (long) end - in.position());
    }
    return bytes;
  }

  private static long unsignedVarint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      byte next = in.get();
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    return ENDLESS;
  }

  private static long gzip(ByteBuffer in) {
    return Integer.toUnsignedLong(in.getInt(in.limit() - 4));
  }

  private static void skip(ByteBuffer in, long bytes) {
    if (bytes < 0 || bytes > in.remaining()) {
      throw new IndexOutOfBoundsException();
    }
    in.position(in.position() + (int) bytes);
  }
}
