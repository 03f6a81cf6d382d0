package org.openautoglm.operators.inference.onnx.decoder;

import ai.onnxruntime.OnnxJavaType;

/**
 * What one cache of a layer looks like.
 *
 * @param heads heads of keys or values
 * @param width numbers of one head
 * @param type FLOAT or FLOAT16
 * @param sequenceFirst tokens × batch × heads × width, as ChatGLM has it, instead of batch × heads
 *     × tokens × width
 */
record CacheShape(int heads, int width, OnnxJavaType type, boolean sequenceFirst) {

  /** A cache of nothing, for decoders that have none. */
  static final CacheShape NONE = new CacheShape(0, 0, OnnxJavaType.FLOAT, false);

  /** What one token takes in one cache, bytes. */
  long tokenBytes() {
    return (long) heads * width * type.size;
  }

  /** The axes of a cache of some rows and tokens. */
  long[] axes(int rows, int tokens) {
    return sequenceFirst
        ? new long[] {tokens, rows, heads, width}
        : new long[] {rows, heads, tokens, width};
  }

  /** Which axis counts tokens. */
  int tokenAxis() {
    return sequenceFirst ? 0 : 2;
  }

  /** What a cache of some rows and tokens takes, bytes. */
  long bytes(int rows, int tokens) {
    return Math.multiplyExact(tokenBytes(), Math.multiplyExact((long) rows, (long) tokens));
  }
}
