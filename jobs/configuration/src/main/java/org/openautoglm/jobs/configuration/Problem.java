package org.openautoglm.jobs.configuration;

import java.util.Comparator;
import java.util.Objects;

/**
 * One thing wrong with a configuration.
 *
 * @param line where in the file, from 1; 0 where no line says it
 * @param path which option, such as {@code models[1].batching.max_rows}; empty for the whole file
 * @param message what is wrong and how to mend it
 */
public record Problem(int line, String path, String message) {

  /** In the order of the file. */
  public static final Comparator<Problem> IN_FILE_ORDER =
      Comparator.comparingInt(Problem::line)
          .thenComparing(Problem::path)
          .thenComparing(Problem::message);

  public Problem {
    Objects.requireNonNull(path);
    Objects.requireNonNull(message);
  }

  /** One line for people: {@code line 12: models[1].batching.max_rows: must be …}. */
  @Override
  public String toString() {
    String where = line > 0 ? "line " + line + ": " : "";
    return where + (path.isEmpty() ? "" : path + ": ") + message;
  }
}
