package org.openautoglm.operators.inference.onnx.decoder;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import com.sun.jna.Memory;
import java.nio.ByteBuffer;

/**
 * A block of native memory that tensors are laid over, so that a run reads and writes it in place.
 * It does not count against the JVM's limit for direct buffers, which Flink sets for its own needs;
 * and pages that nothing was written to take no memory. Its content is arbitrary at first.
 *
 * <p>Not thread-safe. Using a tensor over a closed block ends the process.
 */
final class NativeMemory implements AutoCloseable {
  private final Memory memory;

  /**
   * @throws OutOfMemoryError when the machine has not that much
   */
  NativeMemory(long bytes) {
    memory = new Memory(Math.max(1, bytes));
  }

  long size() {
    return memory.size();
  }

  /** A part of the block, in the machine's order of bytes. */
  ByteBuffer bytes(long offset, long length) {
    return memory.getByteBuffer(offset, length);
  }

  /** A tensor over a part of the block. The caller closes it, before the block. */
  OnnxTensor tensor(OrtEnvironment environment, long offset, OnnxJavaType type, long... shape)
      throws OrtException {
    long numbers = 1;
    for (long size : shape) {
      numbers = Math.multiplyExact(numbers, size);
    }
    ByteBuffer bytes = bytes(offset, Math.multiplyExact(numbers, (long) type.size));
    return switch (type) {
      case FLOAT -> OnnxTensor.createTensor(environment, bytes.asFloatBuffer(), shape);
      case FLOAT16 -> OnnxTensor.createTensor(environment, bytes.asShortBuffer(), shape, type);
      case INT32 -> OnnxTensor.createTensor(environment, bytes.asIntBuffer(), shape);
      case INT64 -> OnnxTensor.createTensor(environment, bytes.asLongBuffer(), shape);
      case BOOL -> OnnxTensor.createTensor(environment, bytes, shape, type);
      default -> throw new IllegalArgumentException("no tensors of " + type);
    };
  }

  /** Copies within the block; the parts do not overlap. */
  void copy(long from, long to, long length) {
    bytes(to, length).put(bytes(from, length));
  }

  /** Sets a part to zero. */
  void clear(long offset, long length) {
    memory.setMemory(offset, length, (byte) 0);
  }

  @Override
  public void close() {
    memory.close();
  }
}
