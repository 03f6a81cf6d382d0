package org.openautoglm.operators.conversion.check;

import java.io.IOException;
import java.nio.file.Path;

/** The port behind which graphs run and texts become tokens while a conversion is checked. */
public interface GraphRuntime {

  /**
   * Loads a graph on the CPU, with one thread.
   *
   * @param graph the {@code .onnx} file; its external data lies beside it
   * @throws IOException when it cannot be loaded; the message says why
   */
  LoadedGraph load(Path graph) throws IOException;

  /**
   * Opens a {@code tokenizer.json}.
   *
   * @throws IOException when it cannot be read or is no tokenizer
   */
  TextEncoder tokenizer(Path file) throws IOException;

  /** From texts to tokens; closed by whoever opened it. */
  interface TextEncoder extends AutoCloseable {

    /**
     * The ids of a text's tokens.
     *
     * @param special whether the tokenizer adds what it puts around every text; special tokens that
     *     stand in the text are recognised either way
     */
    int[] encode(String text, boolean special);

    @Override
    void close();
  }
}
