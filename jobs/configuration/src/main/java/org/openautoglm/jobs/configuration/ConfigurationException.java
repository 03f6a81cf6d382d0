package org.openautoglm.jobs.configuration;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be used, with everything that is wrong with it. */
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final transient List<Problem> problems;

  ConfigurationException(List<Problem> problems) {
    this("the configuration", problems);
  }

  private ConfigurationException(String file, List<Problem> problems) {
    super(
        headline(file, problems)
            + ":\n"
            + problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.file = file;
    this.problems = List.copyOf(problems);
  }

  /** The same of a file, which the message then names. */
  ConfigurationException in(String name) {
    return new ConfigurationException(name, problems);
  }

  /** At least one, in the order of the file. */
  public List<Problem> problems() {
    return problems;
  }

  /** How many there are, and where: {@code autoglm.yaml has 2 problems}. */
  public String headline() {
    return headline(file, problems);
  }

  private static String headline(String file, List<Problem> problems) {
    return "%s has %d problem%s".formatted(file, problems.size(), problems.size() == 1 ? "" : "s");
  }
}
