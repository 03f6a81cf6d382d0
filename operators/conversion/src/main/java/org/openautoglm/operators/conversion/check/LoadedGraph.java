package org.openautoglm.operators.conversion.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A graph that is ready to run. Used by one thread; closed by whoever loaded it. */
public interface LoadedGraph extends AutoCloseable {

  /** What it takes. */
  List<Slot> inputs();

  /** What it gives. */
  List<Slot> outputs();

  /** The model's own {@code metadata_props}. */
  Map<String, String> metadata();

  /**
   * A tensor over memory of the caller's, which is not copied.
   *
   * @param data direct, in the machine's order of bytes, filled from 0 to its limit
   */
  Tensor tensor(Element element, ByteBuffer data, long... shape) throws IOException;

  /**
   * Runs the graph once.
   *
   * @param wanted the outputs to compute
   * @param into where some of them are written, instead of into memory of the run's own; an input
   *     may be such a place too
   * @throws IOException when the graph does not run; the message says why
   */
  Outputs run(Map<String, Tensor> inputs, Collection<String> wanted, Map<String, Tensor> into)
      throws IOException;

  /** The input or output of a name. */
  static Optional<Slot> find(List<Slot> slots, String name) {
    return slots.stream().filter(slot -> slot.name().equals(name)).findFirst();
  }

  @Override
  void close();

  /**
   * An input or output.
   *
   * @param element what its numbers are
   * @param shape its sizes; -1 where the graph leaves one free
   */
  record Slot(String name, Element element, List<Long> shape) {
    public Slot {
      shape = List.copyOf(shape);
    }

    /** {@code input_ids int64 [?, ?]}. */
    @Override
    public String toString() {
      StringBuilder sizes = new StringBuilder();
      for (long size : shape) {
        sizes.append(sizes.isEmpty() ? "" : ", ").append(size < 0 ? "?" : Long.toString(size));
      }
      return name + " " + element.onnxName() + " [" + sizes + "]";
    }
  }

  /** What the numbers of a tensor are. */
  enum Element {
    FLOAT("float32", 4),
    FLOAT16("float16", 2),
    INT64("int64", 8),
    INT32("int32", 4),
    /** Something that this port does not read or write. */
    OTHER("other", 0);

    private final String onnxName;
    private final int bytes;

    Element(String onnxName, int bytes) {
      this.onnxName = onnxName;
      this.bytes = bytes;
    }

    public String onnxName() {
      return onnxName;
    }

    /** Bytes of one number. */
    public int bytes() {
      return bytes;
    }
  }

  /** Numbers in the runtime's reach. */
  interface Tensor extends AutoCloseable {

    long[] shape();

    /** A copy of all numbers, in row-major order; half precision is widened. */
    float[] floats();

    @Override
    void close();
  }

  /** What a run gave; closing it frees what was not written into the caller's memory. */
  interface Outputs extends AutoCloseable {

    /** The output of that name, valid until this is closed. */
    Tensor get(String name);

    @Override
    void close();
  }
}
