package org.openautoglm.jobs.observability;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a PromQL query names: the metrics it selects, with the matchers of each, and the labels it
 * groups by. A lexer, no parser: a word before a parenthesis must be a function or an operator that
 * is known here, so that nothing is taken for a metric, or passed over, by mistake.
 */
final class PromQl {
  private static final Set<String> FUNCTIONS =
      Set.of("sum", "max", "min", "avg", "count", "rate", "increase", "changes", "absent");
  private static final Set<String> GROUPINGS = Set.of("by", "without", "on", "ignoring");
  private static final Set<String> WORDS = Set.of("and", "or", "unless", "offset", "bool");

  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s+|(?<word>[a-zA-Z_:][a-zA-Z0-9_:]*)|(?<range>\\[[^\\]]*\\])"
              + "|(?<number>[0-9][0-9.]*([eE][0-9]+|[smhd])?)|(?<mark>[-+*/(){},]|[<>=!]=?)");
  private static final Pattern MATCHER =
      Pattern.compile(
          "\\s*(?<label>[a-zA-Z_]\\w*)\\s*(?<operator>=~|!~|!=|=)\\s*\"(?<value>[^\"]*)\"\\s*,?");

  /**
   * A label, and the expression that its value must match; {@code !=} and the like are not used.
   */
  record Condition(String label, Pattern value) {}

  /** A metric with its conditions. */
  record Selection(String metric, List<Condition> conditions) {}

  private final List<Selection> selections = new ArrayList<>();
  private final Set<String> groupingLabels = new TreeSet<>();
  private final String query;

  private PromQl(String query) {
    this.query = query;
  }

  static PromQl read(String query) {
    PromQl read = new PromQl(query);
    read.scan();
    return read;
  }

  List<Selection> selections() {
    return selections;
  }

  Set<String> groupingLabels() {
    return groupingLabels;
  }

  private void scan() {
    int at = 0;
    while (at < query.length()) {
      Matcher token = TOKEN.matcher(query).region(at, query.length());
      if (!token.lookingAt()) {
        throw new IllegalArgumentException("not understood at " + at + ": " + query);
      }
      at = token.end();
      String word = token.group("word");
      if (word == null || WORDS.contains(word)) {
        continue;
      }
      boolean called = query.substring(at).stripLeading().startsWith("(");
      if (GROUPINGS.contains(word)) {
        at = grouping(at);
      } else if (called && !FUNCTIONS.contains(word)) {
        throw new IllegalArgumentException(word + " is not known: " + query);
      } else if (!FUNCTIONS.contains(word)) {
        at = selection(word, at);
      }
    }
  }

  private int grouping(int at) {
    int open = query.indexOf('(', at);
    int close = query.indexOf(')', open);
    for (String label : query.substring(open + 1, close).split(",", -1)) {
      groupingLabels.add(label.strip());
    }
    return close + 1;
  }

  private int selection(String metric, int at) {
    List<Condition> conditions = new ArrayList<>();
    selections.add(new Selection(metric, conditions));
    if (at >= query.length() || query.charAt(at) != '{') {
      return at;
    }
    int next = at + 1;
    while (query.charAt(next) != '}') {
      Matcher matcher = MATCHER.matcher(query).region(next, query.length());
      if (!matcher.lookingAt()) {
        throw new IllegalArgumentException("not understood at " + next + ": " + query);
      }
      conditions.add(
          new Condition(
              matcher.group("label"),
              switch (matcher.group("operator")) {
                case "=" -> Pattern.compile(Pattern.quote(matcher.group("value")));
                case "=~" -> Pattern.compile(matcher.group("value"));
                default -> throw new IllegalArgumentException("not understood: " + query);
              }));
      next = matcher.end();
    }
    return next + 1;
  }
}
