package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.SerializedThrowable;
import org.openautoglm.jobs.local.Causes;

/** What a cluster answers when it refuses, in words for people. */
final class RestFailure {
  private static final String CAUSED_BY = "Caused by: ";
  private static final Pattern FRAME =
      Pattern.compile("\\s+(at .*|\\.\\.\\. \\d+ more|Suppressed: .*)");
  private static final Pattern KIND =
      Pattern.compile("(?<package>(?:[a-z0-9_]+\\.)+)(?<name>[A-Z]\\w*(?:Exception|Error)): ");

  private RestFailure() {}

  static IOException of(String url, Throwable thrown) {
    if (ExceptionUtils.findThrowable(thrown, ConnectException.class).isPresent()
        || ExceptionUtils.findThrowable(thrown, java.net.UnknownHostException.class).isPresent()
        || ExceptionUtils.findThrowable(thrown, UnresolvedAddressException.class).isPresent()) {
      return new IOException(
          "no Flink cluster answers at "
              + url
              + "; start one (autoglm cluster start), or name another with --cluster",
          thrown);
    }
    return new IOException(lastCause(Causes.rootMessage(thrown)), thrown);
  }

  static String lastCause(SerializedThrowable thrown) {
    return lastCause(thrown.getFullStringifiedStackTrace());
  }

  /**
   * The last cause's message, all its lines. What went wrong over there comes as one text with all
   * its stack traces; those further in are of what went wrong besides, as while a task was cleaned
   * up.
   */
  static String lastCause(String trace) {
    List<String> lines = trace.strip().lines().toList();
    int first = 0;
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).startsWith(CAUSED_BY)) {
        first = i;
      }
    }
    String last =
        lines.subList(first, lines.size()).stream()
            .takeWhile(line -> !FRAME.matcher(line).matches())
            .collect(Collectors.joining("\n"));
    return withoutKind(last.startsWith(CAUSED_BY) ? last.substring(CAUSED_BY.length()) : last);
  }

  /**
   * Without the exception's package, as its name says enough; without the name, too, where it is
   * one of ours, whose messages are sentences for people.
   */
  private static String withoutKind(String message) {
    Matcher kind = KIND.matcher(message);
    if (!kind.lookingAt()) {
      return message;
    }
    String words = message.substring(kind.end());
    return kind.group("package").startsWith("org.openautoglm.")
        ? words
        : kind.group("name") + ": " + words;
  }
}
