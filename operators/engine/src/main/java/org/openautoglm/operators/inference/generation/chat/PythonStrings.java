package org.openautoglm.operators.inference.generation.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import jinjava.javax.el.ELException;

/** Python's methods of strings, as far as chat templates use them. */
final class PythonStrings {

  private PythonStrings() {}

  /** Calls a method. Too few arguments, or ones of a wrong kind, are errors of the template. */
  static Object call(String text, String method, Object[] arguments) {
    return switch (method) {
      case "strip" -> strip(text, arguments, true, true);
      case "lstrip" -> strip(text, arguments, true, false);
      case "rstrip" -> strip(text, arguments, false, true);
      case "startswith" -> text.startsWith(string(arguments, 0));
      case "endswith" -> text.endsWith(string(arguments, 0));
      case "split" -> split(text, arguments);
      case "splitlines" -> text.lines().toList();
      case "replace" -> text.replace(string(arguments, 0), string(arguments, 1));
      case "upper" -> text.toUpperCase(Locale.ROOT);
      case "lower" -> text.toLowerCase(Locale.ROOT);
      case "title" -> title(text);
      case "capitalize" -> capitalize(text);
      case "find" -> find(text, string(arguments, 0));
      case "count" -> count(text, string(arguments, 0));
      case "join" -> join(text, arguments);
      case "isdigit" -> isAll(text, Character::isDigit);
      case "isalpha" -> isAll(text, Character::isLetter);
      case "isspace" -> isAll(text, Character::isWhitespace);
      default ->
          throw new ELException(
              "a string has no method '" + method + "' that a chat template may call");
    };
  }

  private static String strip(String text, Object[] arguments, boolean left, boolean right) {
    boolean isGiven = arguments.length > 0 && arguments[0] != null;
    String characters = isGiven ? string(arguments, 0) : "";
    IntPredicate goes = isGiven ? c -> characters.indexOf(c) >= 0 : PythonStrings::isWhitespace;
    int start = 0;
    int end = text.length();
    while (left && start < end && goes.test(text.codePointAt(start))) {
      start += Character.charCount(text.codePointAt(start));
    }
    while (right && end > start && goes.test(text.codePointBefore(end))) {
      end -= Character.charCount(text.codePointBefore(end));
    }
    return text.substring(start, end);
  }

  private static boolean isWhitespace(int character) {
    return Character.isWhitespace(character) || Character.isSpaceChar(character);
  }

  private static List<String> split(String text, Object[] arguments) {
    int limit =
        arguments.length > 1 && arguments[1] instanceof Number number && number.intValue() >= 0
            ? number.intValue()
            : Integer.MAX_VALUE;
    List<String> parts = new ArrayList<>();
    if (arguments.length == 0 || arguments[0] == null) {
      String rest = strip(text, new Object[0], true, true);
      if (!rest.isEmpty()) {
        parts.addAll(
            List.of(rest.split("[\\s\\p{Z}]+", limit == Integer.MAX_VALUE ? 0 : limit + 1)));
      }
      return parts;
    }
    String separator = string(arguments, 0);
    if (separator.isEmpty()) {
      throw new ELException("split needs a separator that is not empty");
    }
    int from = 0;
    for (int at = text.indexOf(separator); at >= 0 && parts.size() < limit; ) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
      at = text.indexOf(separator, from);
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static String title(String text) {
    StringBuilder title = new StringBuilder(text.length());
    boolean isInside = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      title.append(isInside ? Character.toLowerCase(c) : Character.toTitleCase(c));
      isInside = Character.isLetter(c);
    }
    return title.toString();
  }

  private static String capitalize(String text) {
    return text.isEmpty()
        ? text
        : Character.toTitleCase(text.charAt(0)) + text.substring(1).toLowerCase(Locale.ROOT);
  }

  private static long find(String text, String part) {
    int at = text.indexOf(part);
    return at < 0 ? -1 : text.codePointCount(0, at);
  }

  private static long count(String text, String part) {
    return part.isEmpty() ? text.length() + 1L : split(text, new Object[] {part}).size() - 1L;
  }

  private static String join(String separator, Object[] arguments) {
    if (arguments.length == 1 && arguments[0] instanceof List<?> parts) {
      return String.join(separator, parts.stream().map(String::valueOf).toList());
    }
    throw new ELException("join needs a list");
  }

  private static boolean isAll(String text, IntPredicate kind) {
    return !text.isEmpty() && text.codePoints().allMatch(kind);
  }

  private static String string(Object[] arguments, int at) {
    if (at < arguments.length && arguments[at] instanceof String string) {
      return string;
    }
    throw new ELException("a method of a string needs a string as argument " + (at + 1));
  }
}
