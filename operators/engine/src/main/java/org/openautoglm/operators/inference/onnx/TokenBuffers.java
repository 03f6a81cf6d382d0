package org.openautoglm.operators.inference.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.openautoglm.operators.inference.onnx.GraphSignature.Content;
import org.openautoglm.operators.inference.onnx.GraphSignature.Input;

/**
 * Native memory for the inputs of one batch at a time, used again for the next. A tensor over it
 * costs nothing to make, where one from arrays would be copied twice. Belongs to one thread.
 *
 * <p>Its order of bytes is the machine's own: ONNX Runtime takes any buffer and would read another
 * order wrongly without a word.
 */
final class TokenBuffers {
  private static final int TOKENS_AT_FIRST = 4_096;
  private static final ThreadLocal<TokenBuffers> OF_THREAD =
      ThreadLocal.withInitial(TokenBuffers::new);

  private final Map<Content, ByteBuffer> buffers = new EnumMap<>(Content.class);

  private TokenBuffers() {}

  /** This thread's buffers. */
  static TokenBuffers ofThread() {
    return OF_THREAD.get();
  }

  /**
   * A tensor of one input, rows × width, over memory that stays valid until the next tensor of the
   * same content. The caller closes it.
   *
   * @param rows the tokens of each row
   * @param width tokens of the longest row
   * @param padding the token that fills short rows up, on the right
   */
  OnnxTensor tensor(
      OrtEnvironment environment, Input input, List<int[]> rows, int width, int padding)
      throws OrtException {
    long[] shape = {rows.size(), width};
    int numbers = Math.multiplyExact(rows.size(), width);
    ByteBuffer bytes = buffer(input.content(), Math.multiplyExact(numbers, Long.BYTES));
    if (input.wide()) {
      LongBuffer longs = bytes.asLongBuffer().limit(numbers);
      fill(longs, input.content(), rows, width, padding);
      return OnnxTensor.createTensor(environment, longs.flip(), shape);
    }
    IntBuffer ints = bytes.asIntBuffer().limit(numbers);
    fill(ints, input.content(), rows, width, padding);
    return OnnxTensor.createTensor(environment, ints.flip(), shape);
  }

  private static void fill(
      LongBuffer target, Content content, List<int[]> rows, int width, int padding) {
    for (int[] row : rows) {
      for (int i = 0; i < width; i++) {
        target.put(number(content, row, i, padding));
      }
    }
  }

  private static void fill(
      IntBuffer target, Content content, List<int[]> rows, int width, int padding) {
    for (int[] row : rows) {
      for (int i = 0; i < width; i++) {
        target.put(number(content, row, i, padding));
      }
    }
  }

  private static int number(Content content, int[] row, int position, int padding) {
    boolean own = position < row.length;
    return switch (content) {
      case TOKENS -> own ? row[position] : padding;
      case MASK -> own ? 1 : 0;
      case TYPES -> 0;
    };
  }

  private ByteBuffer buffer(Content content, int bytes) {
    ByteBuffer buffer = buffers.get(content);
    if (buffer == null || buffer.capacity() < bytes) {
      int capacity = Math.max(TOKENS_AT_FIRST * Long.BYTES, bytes + bytes / 2);
      buffer = ByteBuffer.allocateDirect(capacity).order(ByteOrder.nativeOrder());
      buffers.put(content, buffer);
    }
    return buffer;
  }
}
