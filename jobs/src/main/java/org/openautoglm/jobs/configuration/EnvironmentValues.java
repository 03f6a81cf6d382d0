package org.openautoglm.jobs.configuration;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.commons.text.StringSubstitutor;

/**
 * Puts values from the environment in place of <code>${NAME}</code> and <code>${NAME:-default}
 * </code>; a second dollar sign before one keeps it as it is. As in a shell, the default also
 * stands in for an empty variable; without a default, an unset or empty variable is a problem. What
 * a variable holds is not looked at again.
 */
final class EnvironmentValues {
  private static final Pattern OPENING = Pattern.compile("(?<!\\$)\\$\\{");
  private static final Pattern REFERENCE =
      Pattern.compile("(?<!\\$)\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^{}]*)?}");

  private final Map<String, String> environment;

  EnvironmentValues(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /** Whether a text asks for something from the environment. */
  static boolean isReference(String text) {
    return text.contains("${");
  }

  /** The text with its references replaced; each that cannot be goes to {@code problems}. */
  String substitute(String text, Consumer<String> problems) {
    if (OPENING.matcher(REFERENCE.matcher(text).replaceAll("")).find()) {
      problems.accept(
          "'" + text + "' is no reference to the environment; write ${NAME} or ${NAME:-default}");
      return text;
    }
    Set<String> missing = new TreeSet<>();
    StringSubstitutor substitutor =
        new StringSubstitutor(
            name -> {
              String value = environment.get(name);
              return value == null || value.isEmpty() ? null : value;
            });
    substitutor.setDisableSubstitutionInValues(true);
    String replaced = substitutor.replace(text);
    for (var left = REFERENCE.matcher(text); left.find(); ) {
      String reference = left.group();
      String name = reference.substring(2, reference.length() - 1);
      if (!name.contains(":-") && environment.getOrDefault(name, "").isEmpty()) {
        missing.add(name);
      }
    }
    missing.forEach(
        name ->
            problems.accept(
                "the environment variable %s is not set; set it, or give a default: ${%s:-…}"
                    .formatted(name, name)));
    return replaced;
  }
}
