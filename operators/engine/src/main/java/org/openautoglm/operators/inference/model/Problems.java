package org.openautoglm.operators.inference.model;

import java.util.ArrayList;
import java.util.List;
import org.openautoglm.operators.inference.ModelLoadException;

/** Everything that is wrong with a model, so that its owner learns of it all at once. */
public final class Problems {
  private final List<String> found = new ArrayList<>();

  /**
   * Notes a problem.
   *
   * @param file what it is about, as a path inside the directory
   * @param problem what is wrong
   * @param mend what to do about it
   */
  public void add(String file, String problem, String mend) {
    found.add(file + " " + problem + "; " + mend);
  }

  public boolean isEmpty() {
    return found.isEmpty();
  }

  /**
   * Ends the loading if anything was noted.
   *
   * @param directory the model directory, as it was configured
   */
  public void throwIfAny(String directory) throws ModelLoadException {
    if (!found.isEmpty()) {
      throw new ModelLoadException(
          "the model directory " + directory + " cannot be used:\n- " + String.join("\n- ", found));
    }
  }
}
