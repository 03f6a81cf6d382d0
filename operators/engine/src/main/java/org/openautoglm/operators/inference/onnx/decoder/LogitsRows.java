package org.openautoglm.operators.inference.onnx.decoder;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.platform.Fp16Conversions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * Where a graph writes its logits, and from where they are read: one row for each slot or prompt,
 * as floats. Belongs to one thread.
 */
final class LogitsRows implements AutoCloseable {
  private final DecoderGraph graph;
  private final long rowBytes;
  private final NativeMemory rows;
  private final FloatBuffer converted;
  private NativeMemory scratch = new NativeMemory(1);

  /**
   * @param count the most rows
   */
  LogitsRows(DecoderGraph graph, int count) {
    this.graph = graph;
    this.rowBytes = graph.logitsBytes(1);
    this.rows = new NativeMemory(Math.multiplyExact(rowBytes, count));
    this.converted =
        graph.signature().logitsType() == OnnxJavaType.FLOAT
            ? null
            : FloatBuffer.allocate(Math.multiplyExact(count, graph.vocabulary()));
  }

  /** The place for the logits of runs that give one for each row, from some row on. */
  OnnxTensor place(int firstRow, int count) throws OrtException {
    return rows.tensor(
        graph.environment(),
        firstRow * rowBytes,
        graph.signature().logitsType(),
        count,
        1,
        graph.vocabulary());
  }

  /** A place for the logits of a run that gives one for each token. */
  OnnxTensor placeOfAll(int count, int width) throws OrtException {
    long bytes = graph.logitsBytes((long) count * width);
    if (scratch.size() < bytes) {
      scratch.close();
      scratch = new NativeMemory(bytes);
    }
    return scratch.tensor(
        graph.environment(), 0, graph.signature().logitsType(), count, width, graph.vocabulary());
  }

  /** Takes a token's logits out of {@link #placeOfAll}. */
  void take(long token, int row) {
    rows.bytes(row * rowBytes, rowBytes).put(scratch.bytes(token * rowBytes, rowBytes));
  }

  /** Moves a row down over one that is not needed. */
  void move(int from, int to) {
    if (from != to) {
      rows.copy(from * rowBytes, to * rowBytes, rowBytes);
    }
  }

  /** The first rows as floats. */
  FloatBuffer read(int count) {
    ByteBuffer bytes = rows.bytes(0, count * rowBytes).order(ByteOrder.nativeOrder());
    if (converted == null) {
      return bytes.asFloatBuffer();
    }
    ShortBuffer halves = bytes.asShortBuffer();
    for (int i = 0; i < halves.limit(); i++) {
      converted.put(i, Fp16Conversions.fp16ToFloat(halves.get(i)));
    }
    return converted.duplicate().limit(halves.limit());
  }

  @Override
  public void close() {
    rows.close();
    scratch.close();
  }
}
