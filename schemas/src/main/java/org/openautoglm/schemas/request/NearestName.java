package org.openautoglm.schemas.request;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that somebody meant who wrote another one. */
public final class NearestName {
  /** Longer than any name of the contract, and short enough to compare at once. */
  private static final int CHARS_MAX = 40;

  private NearestName() {}

  /** The known name nearest to the written one, unless none is near. */
  public static Optional<String> of(String written, Collection<String> known) {
    if (written.length() > CHARS_MAX) {
      return Optional.empty();
    }
    String wanted = plain(written);
    String nearest = null;
    int least = Integer.MAX_VALUE;
    for (String name : known) {
      String candidate = plain(name.substring(name.lastIndexOf('.') + 1));
      int distance = distance(wanted, candidate);
      boolean near = distance <= Math.max(wanted.length(), candidate.length()) / 3;
      boolean beginning = wanted.length() >= 3 && candidate.startsWith(wanted);
      if ((near || beginning) && distance < least) {
        nearest = name;
        least = distance;
      }
    }
    return Optional.ofNullable(nearest);
  }

  /** So that {@code maxNewTokens} and {@code max-new-tokens} are {@code max_new_tokens}. */
  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
  }

  /** Levenshtein's distance: letters to change, add or remove. */
  private static int distance(String from, String to) {
    int[] above = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int[] row = new int[to.length() + 1];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int changed = above[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(changed, Math.min(above[j], row[j - 1]) + 1);
      }
      above = row;
    }
    return above[to.length()];
  }
}
