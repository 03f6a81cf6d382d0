package org.openautoglm.jobs.configuration;

import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts values from the environment in place of <code>${NAME}</code> and <code>${NAME:-default}
 * </code>; a second dollar sign before one keeps it as it is. As in a shell, the default also
 * stands in for an empty variable; without a default, an unset or empty variable is a problem. What
 * a variable holds is not looked at again.
 *
 * <p>In values that are secrets perhaps, <code>${provider:…}</code> is Kafka's to read, and no
 * message quotes the value.
 */
final class EnvironmentValues {
  private static final Pattern REFERENCE =
      Pattern.compile("\\$\\{(?<name>[A-Za-z_][A-Za-z0-9_]*)(:-(?<default>[^{}]*))?}");
  private static final Pattern ANY =
      Pattern.compile(
          "(?<kept>\\$\\$\\{)|"
              + REFERENCE.pattern()
              + "|(?<provider>\\$\\{[A-Za-z][A-Za-z0-9_-]*:(?!-)[^{}]*})|(?<open>\\$\\{)");

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
    return substitute(
        text,
        false,
        "'" + text + "' is no reference to the environment; write ${NAME} or ${NAME:-default}",
        problems);
  }

  /** The same for a value that Kafka reads, and that no message may hold. */
  String substituteVerbatim(String text, Consumer<String> problems) {
    return substitute(
        text,
        true,
        "holds ${ that is no reference to the environment; write ${NAME} or ${NAME:-default}, or"
            + " $${ for the two characters themselves",
        problems);
  }

  private String substitute(
      String text, boolean providers, String broken, Consumer<String> problems) {
    StringBuilder replaced = new StringBuilder();
    Matcher found = ANY.matcher(text);
    while (found.find()) {
      String value = found.group();
      if (found.group("kept") != null) {
        value = "${";
      } else if (found.group("name") != null) {
        value = valueOf(found.group("name"), found.group("default"), problems);
      } else if (found.group("open") != null || !providers) {
        problems.accept(broken);
        return text;
      }
      found.appendReplacement(replaced, Matcher.quoteReplacement(value));
    }
    return found.appendTail(replaced).toString();
  }

  private String valueOf(String name, String otherwise, Consumer<String> problems) {
    String value = environment.getOrDefault(name, "");
    if (value.isEmpty() && otherwise == null) {
      problems.accept(
          "the environment variable %s is not set; set it, or give a default: ${%s:-…}"
              .formatted(name, name));
    }
    return value.isEmpty() && otherwise != null ? otherwise : value;
  }
}
