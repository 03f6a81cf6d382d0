package org.openautoglm.operators.conversion.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A tensor as it lies in a file: its elements are looked at where they are, in row-major order and
 * little-endian. Safe for use by several threads.
 */
public final class StoredTensor {
  private final String name;
  private final ElementType type;
  private final List<Long> dims;
  private final long elements;
  private final Bytes bytes;

  /** Where the elements lie. */
  interface Bytes {
    /** Bytes of all of them. */
    long size();

    /** A little-endian view of some. */
    ByteBuffer slice(long offset, int length);
  }

  /**
   * @param dims sizes, the outermost first; none for a single number
   * @param bytes exactly as many as the elements take
   */
  StoredTensor(String name, ElementType type, List<Long> dims, Bytes bytes) {
    this.name = name;
    this.type = type;
    this.dims = List.copyOf(dims);
    this.elements = this.dims.stream().reduce(1L, Math::multiplyExact);
    this.bytes = bytes;
  }

  /** A tensor whose elements lie in a file; the bytes must be there. */
  public static StoredTensor mapped(
      String name, ElementType type, List<Long> dims, MappedFile file, long offset, long length) {
    return new StoredTensor(
        name,
        type,
        dims,
        new Bytes() {
          @Override
          public long size() {
            return length;
          }

          @Override
          public ByteBuffer slice(long start, int count) {
            return file.slice(offset + start, count);
          }
        });
  }

  static StoredTensor onHeap(String name, ElementType type, List<Long> dims, ByteBuffer bytes) {
    return new StoredTensor(
        name,
        type,
        dims,
        new Bytes() {
          @Override
          public long size() {
            return bytes.limit();
          }

          @Override
          public ByteBuffer slice(long start, int count) {
            return bytes.slice((int) start, count).order(ByteOrder.LITTLE_ENDIAN);
          }
        });
  }

  public String name() {
    return name;
  }

  public ElementType type() {
    return type;
  }

  /** Sizes, the outermost first; empty for a single number. */
  public List<Long> dims() {
    return dims;
  }

  /** How many elements there are. */
  public long elements() {
    return elements;
  }

  /** How many bytes they take. */
  public long byteSize() {
    return bytes.size();
  }

  /**
   * A read-only, little-endian view of the elements' bytes.
   *
   * @param offset in bytes from the first element
   * @param length in bytes, at most {@link MappedFile#SLICE_MAX_BYTES}
   */
  public ByteBuffer bytes(long offset, int length) {
    return bytes.slice(offset, length);
  }

  /**
   * Reads elements as floats; integers as the numbers that they are.
   *
   * @param first index of the first, in row-major order
   * @param into where they go, from index {@code at}
   * @param count how many
   */
  public void floats(long first, float[] into, int at, int count) {
    ByteBuffer raw = bytes.slice(first * type.bytes(), count * type.bytes());
    switch (type) {
      case FLOAT -> raw.asFloatBuffer().get(into, at, count);
      case FLOAT16 -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = HalfFloats.fromHalf(raw.getShort(2 * i));
        }
      }
      case BFLOAT16 -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = HalfFloats.fromBfloat(raw.getShort(2 * i));
        }
      }
      case DOUBLE -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = (float) raw.getDouble(8 * i);
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = integer(raw, i);
        }
      }
    }
  }

  /** All elements as floats; for small tensors. */
  public float[] floats() {
    float[] all = new float[Math.toIntExact(elements)];
    floats(0, all, 0, all.length);
    return all;
  }

  /** All elements as integers; for small tensors of integers. */
  public long[] integers() {
    ByteBuffer raw = bytes.slice(0, Math.toIntExact(byteSize()));
    long[] all = new long[Math.toIntExact(elements)];
    for (int i = 0; i < all.length; i++) {
      all[i] = integer(raw, i);
    }
    return all;
  }

  private long integer(ByteBuffer raw, int index) {
    return switch (type) {
      case UINT8, BOOL -> raw.get(index) & 0xff;
      case INT8 -> raw.get(index);
      case INT32 -> raw.getInt(4 * index);
      case INT64 -> raw.getLong(8 * index);
      default -> throw new IllegalStateException(name + " holds " + type + ", not integers");
    };
  }

  @Override
  public String toString() {
    return name + " " + type + dims;
  }
}
