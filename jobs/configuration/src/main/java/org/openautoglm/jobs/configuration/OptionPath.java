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

  /** As people write it: {@code models[1].batching.max_rows}, {@code kafka.producer[retries]}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < steps.size(); i++) {
      Object step = steps.get(i);
      String name = step.toString();
      if (step instanceof Integer || name.indexOf('.') >= 0 || isKafkasOwn(i)) {
        text.append('[').append(name).append(']');
      } else {
        text.append(text.isEmpty() ? "" : ".").append(name);
      }
    }
    return text.toString();
  }

  /** Whether a step is the name of a property of Kafka's, most of which hold dots themselves. */
  private boolean isKafkasOwn(int step) {
    return step == 2
        && steps.get(0).equals("kafka")
        && List.of("properties", "consumer", "producer").contains(steps.get(1));
  }
}
