package org.openautoglm.operators.conversion.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Memory that a graph reads or writes: direct, and in the machine's own order of bytes. */
final class TensorMemory {
  private TensorMemory() {}

  static ByteBuffer longs(long... values) {
    ByteBuffer memory = zeros(Math.multiplyExact(values.length, Long.BYTES));
    memory.asLongBuffer().put(values);
    return memory;
  }

  static ByteBuffer ints(int... values) {
    ByteBuffer memory = zeros(Math.multiplyExact(values.length, Integer.BYTES));
    memory.asIntBuffer().put(values);
    return memory;
  }

  /** Zeros; so many bytes must fit one buffer. */
  static ByteBuffer zeros(long bytes) {
    return ByteBuffer.allocateDirect(Math.toIntExact(bytes)).order(ByteOrder.nativeOrder());
  }
}
