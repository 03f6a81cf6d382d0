package org.openautoglm.operators.conversion.graph;

import java.io.IOException;
import java.nio.file.Path;

/** A model file that cannot be what it claims to be; the message names it, and the mend. */
public final class OnnxFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param file the file at fault
   * @param problem what is wrong, to be read after the file's name
   * @param mend what to do about it
   */
  public OnnxFormatException(Path file, String problem, String mend) {
    super(file + " " + problem + "; " + mend);
  }

  OnnxFormatException(Path file, String problem, String mend, Throwable cause) {
    super(file + " " + problem + "; " + mend, cause);
  }
}
