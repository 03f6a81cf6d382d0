package org.openautoglm.jobs.configuration;

import java.util.ArrayList;
import java.util.List;

/**
 * The place of an option in the file.
 *
 * @param steps names of options and, in lists, positions from 0
 */
record OptionPath(List<Object> steps) {
  static final OptionPath ROOT = new OptionPath(List.of());

  OptionPath {
    steps = List.copyOf(steps);
  }

  OptionPath child(Object step) {
    List<Object> longer = new ArrayList<>(steps);
    longer.add(step);
    return new OptionPath(longer);
  }

  /** The enclosing group or list; the root's is itself. */
  OptionPath parent() {
    return steps.isEmpty() ? this : new OptionPath(steps.subList(0, steps.size() - 1));
  }

  /** As people write it: {@code models[1].batching.max_rows}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Object step : steps) {
      String name = step.toString();
      if (step instanceof Integer || name.indexOf('.') >= 0) {
        text.append('[').append(name).append(']');
      } else {
        text.append(text.isEmpty() ? "" : ".").append(name);
      }
    }
    return text.toString();
  }
}
