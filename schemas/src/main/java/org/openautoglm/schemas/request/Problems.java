package org.openautoglm.schemas.request;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/**
 * What is wrong with one request, told in one message so that its author mends all of it at once.
 * Each field has at most one problem, the first that was found. Used by one thread.
 */
public final class Problems {
  private static final int TOLD_MAX = 20;

  private final Map<String, String> told = new LinkedHashMap<>(0);
  private int untold;

  /**
   * Adds a problem, unless the field has one already.
   *
   * @param path the field, such as {@code parameters.top_p}
   * @param complaint what is wrong and how to mend it, to be read after the path: {@code is 3: give
   *     a number from 0 to 2}
   */
  public void add(String path, String complaint) {
    if (told.containsKey(path)) {
      return;
    }
    if (told.size() < TOLD_MAX) {
      told.put(path, complaint);
    } else {
      untold++;
    }
  }

  public boolean isEmpty() {
    return told.isEmpty();
  }

  /** All problems in one line for people. */
  public String message() {
    if (told.size() == 1) {
      Map.Entry<String, String> only = told.entrySet().iterator().next();
      return only.getKey() + " " + only.getValue();
    }
    StringJoiner all = new StringJoiner("; ", (told.size() + untold) + " problems: ", "");
    int number = 1;
    for (Map.Entry<String, String> problem : told.entrySet()) {
      all.add("(" + number++ + ") " + problem.getKey() + " " + problem.getValue());
    }
    if (untold > 0) {
      all.add("and " + untold + " more");
    }
    return all.toString();
  }
}
