package org.openautoglm.operators.conversion.encoder;

import java.io.IOException;
import java.nio.file.Path;

/** A graph with something in it that conversion does not understand; the message names it. */
public final class UnsupportedGraphException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param file the graph
   * @param problem what is not understood, to be read after the file's name
   */
  UnsupportedGraphException(Path file, String problem) {
    super(
        file
            + " "
            + problem
            + "; export the model to ONNX as an encoder, for example with `optimum-cli export"
            + " onnx`, or run it without conversion");
  }
}
