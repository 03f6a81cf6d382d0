package org.openautoglm.operators.inference;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Token ids as they travel between operators: four bytes each, little-endian. */
public final class Tokens {
  private Tokens() {}

  /** The ids packed; the array is copied. */
  public static ByteString pack(int... tokens) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Integer.BYTES * tokens.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(tokens);
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  /** The ids in an array of the caller's own. */
  public static int[] unpack(ByteString packed) {
    int[] tokens = new int[count(packed)];
    packed.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(tokens);
    return tokens;
  }

  /** How many tokens are packed. */
  public static int count(ByteString packed) {
    return packed.size() / Integer.BYTES;
  }
}
