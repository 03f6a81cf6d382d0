package org.openautoglm.jobs.configuration;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Gathers what is wrong with one file, each problem with its line. Used by one thread. */
final class ProblemList {
  private final Map<OptionPath, Integer> lines = new HashMap<>();
  private final Set<OptionPath> silent = new HashSet<>();
  private final List<Problem> problems = new ArrayList<>();

  /** The line of each option that the file has; filled in while it is read. */
  Map<OptionPath, Integer> lines() {
    return lines;
  }

  /** Adds a problem at the line of the option, or of the group that lacks it. */
  void add(OptionPath path, String message) {
    if (silent.contains(path)) {
      return;
    }
    OptionPath nearest = path;
    while (!lines.containsKey(nearest) && !nearest.steps().isEmpty()) {
      nearest = nearest.parent();
    }
    addAt(lines.getOrDefault(nearest, 0), path, message);
  }

  /** Takes no more problems of an option whose value is not known, so that none is a mere echo. */
  void silence(OptionPath path) {
    silent.add(path);
  }

  void addAt(int line, String message) {
    addAt(line, OptionPath.ROOT, message);
  }

  void addAt(int line, OptionPath path, String message) {
    problems.add(new Problem(line, path.toString(), message));
  }

  int size() {
    return problems.size();
  }

  /** All problems once, in the order of the file. */
  List<Problem> inOrder() {
    return problems.stream().distinct().sorted(Problem.IN_FILE_ORDER).toList();
  }
}
