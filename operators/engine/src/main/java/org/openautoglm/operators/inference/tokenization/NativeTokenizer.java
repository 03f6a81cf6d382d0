package org.openautoglm.operators.inference.tokenization;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.RefCount;

/**
 * A {@code tokenizer.json} in native memory, with its own padding and truncation switched off: they
 * would pad every text of some models to 128 tokens. Thread-safe.
 *
 * <p>The library's native calls are used directly. Its Java wrapper copies eight arrays for each
 * text where one is needed, and calls its maker's servers when it runs on EC2.
 */
final class NativeTokenizer implements AutoCloseable {
  private static final TokenizersLibrary LIBRARY = TokenizersLibrary.LIB;

  private final long handle;
  private final RefCount users;

  private NativeTokenizer(long handle) {
    this.handle = handle;
    this.users = new RefCount(() -> LIBRARY.deleteTokenizer(handle));
  }

  /**
   * Loads a tokenizer.
   *
   * @throws ModelLoadException when the file cannot be read or is no tokenizer
   */
  static NativeTokenizer load(Path file) throws ModelLoadException {
    if (System.getProperty("ai.djl.offline") == null) {
      // Otherwise a machine with a GPU makes it download another build of itself.
      System.setProperty("ai.djl.offline", "true");
    }
    try {
      LibUtils.checkStatus();
      long handle = LIBRARY.createTokenizerFromString(Files.readString(file));
      LIBRARY.disablePadding(handle);
      LIBRARY.disableTruncation(handle);
      return new NativeTokenizer(handle);
    } catch (IOException | RuntimeException e) {
      throw new ModelLoadException(
          file + " is no tokenizer that can be read: " + e.getMessage() + "; export it again", e);
    } catch (LinkageError e) {
      throw new ModelLoadException(
          "the tokenizer library cannot be loaded: "
              + e
              + "; it belongs in Flink's lib directory, and unpacks itself under the home directory"
              + " or DJL_CACHE_DIR, which must be writable",
          e);
    }
  }

  /** The ids of a text's tokens. */
  int[] encode(String text, boolean addSpecialTokens) {
    if (!users.tryRetain()) {
      throw new IllegalStateException("the tokenizer is closed");
    }
    try {
      long encoding = LIBRARY.encode(handle, text, addSpecialTokens);
      try {
        return toInts(LIBRARY.getTokenIds(encoding));
      } finally {
        LIBRARY.deleteEncoding(encoding);
      }
    } finally {
      users.release();
    }
  }

  /** The text of some tokens, special ones left out. */
  String decode(int[] tokens, int start, int end) {
    if (!users.tryRetain()) {
      throw new IllegalStateException("the tokenizer is closed");
    }
    try {
      long[] ids = new long[end - start];
      for (int i = start; i < end; i++) {
        ids[i - start] = tokens[i];
      }
      return LIBRARY.decode(handle, ids, true);
    } finally {
      users.release();
    }
  }

  private static int[] toInts(long[] ids) {
    int[] ints = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      ints[i] = (int) ids[i];
    }
    return ints;
  }

  /** Frees the native memory when the last call has returned. */
  @Override
  public void close() {
    users.release();
  }
}
