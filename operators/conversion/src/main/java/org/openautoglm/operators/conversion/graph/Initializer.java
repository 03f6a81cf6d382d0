package org.openautoglm.operators.conversion.graph;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * A tensor to be written with a graph. Its bytes are made while the file is written, and once more
 * for each further file, so that none need lie on the heap.
 *
 * @param dims sizes, the outermost first; none for a single number
 * @param content writes exactly {@link #byteSize} bytes: the elements, row-major, little-endian
 */
public record Initializer(String name, ElementType type, List<Long> dims, Content content) {
  private static final int COPY_MAX_BYTES = 1 << 24;

  /** Makes the bytes of a tensor. */
  @FunctionalInterface
  public interface Content {
    /** Writes them all, from the first element to the last. */
    void writeTo(TensorOutput out) throws IOException;
  }

  public Initializer {
    dims = List.copyOf(dims);
    if (name.isEmpty() || dims.stream().anyMatch(dim -> dim < 0)) {
      throw new IllegalArgumentException("no tensor can be called \"" + name + "\" " + dims);
    }
  }

  /** Floats in row-major order; without sizes a single one. */
  public static Initializer of(String name, float[] values, long... dims) {
    Initializer made =
        new Initializer(
            name, ElementType.FLOAT, boxed(dims), out -> out.floats(values, 0, values.length));
    return made.holding(values.length);
  }

  /** Integers of 64 bits in row-major order; without sizes a single one. */
  public static Initializer of(String name, long[] values, long... dims) {
    Initializer made =
        new Initializer(
            name,
            ElementType.INT64,
            boxed(dims),
            out -> {
              for (long value : values) {
                out.number(value);
              }
            });
    return made.holding(values.length);
  }

  /** Bytes in row-major order. */
  public static Initializer of(String name, ElementType type, byte[] values, long... dims) {
    Initializer made =
        new Initializer(name, type, boxed(dims), out -> out.bytes(values, 0, values.length));
    return made.holding(values.length / type.bytes());
  }

  /** A stored tensor as it is, under another name or its own. */
  public static Initializer copy(String name, StoredTensor tensor) {
    return new Initializer(
        name,
        tensor.type(),
        tensor.dims(),
        out -> {
          for (long done = 0; done < tensor.byteSize(); done += COPY_MAX_BYTES) {
            out.bytes(tensor.bytes(done, (int) Math.min(COPY_MAX_BYTES, tensor.byteSize() - done)));
          }
        });
  }

  /** How many elements there are. */
  public long elements() {
    return dims.stream().reduce(1L, Math::multiplyExact);
  }

  /** How many bytes they take. */
  public long byteSize() {
    return elements() * type.bytes();
  }

  private Initializer holding(int count) {
    if (elements() != count) {
      throw new IllegalArgumentException(name + dims + " cannot hold " + count + " elements");
    }
    return this;
  }

  private static List<Long> boxed(long[] dims) {
    return Arrays.stream(dims).boxed().toList();
  }
}
