package org.openautoglm.jobs.configuration;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Finds what somebody meant who wrote something else. */
final class KnownName {
  private KnownName() {}

  /** The known name that the written one is a slip of, if any. */
  static Optional<String> nearest(String written, List<String> known) {
    return nearest(written, known, Math.max(2, written.length() / 3));
  }

  /** The known name that the written one is at most so many slips of, if any. */
  static Optional<String> nearest(String written, Collection<String> known, int slips) {
    LevenshteinDistance distance = new LevenshteinDistance(slips);
    return known.stream()
        .filter(name -> distance.apply(written, name) >= 0)
        .min(Comparator.comparingInt(name -> distance.apply(written, name)));
  }

  /** The end of a sentence that says what else to write. */
  static String hint(String written, List<String> known) {
    return nearest(written, known)
        .map(name -> "; did you mean " + name + "?")
        .orElseGet(() -> "; here there are " + String.join(", ", known));
  }
}
