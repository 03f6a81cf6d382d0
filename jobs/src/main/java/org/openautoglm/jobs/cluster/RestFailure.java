package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.SerializedThrowable;
import org.openautoglm.jobs.local.Causes;

/** What a cluster answers when it refuses, in words for people. */
final class RestFailure {
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
   * The last cause's message. What went wrong over there comes as one text with all its stack
   * traces; those further in are of what went wrong besides, as while a task was cleaned up.
   */
  static String lastCause(String trace) {
    List<String> lines = trace.lines().map(String::stripTrailing).toList();
    String last =
        lines.stream().map(String::strip).filter(line -> !line.isEmpty()).findFirst().orElse(trace);
    for (String line : lines) {
      if (line.startsWith("Caused by: ")) {
        last = line.substring("Caused by: ".length());
      }
    }
    // Without the exception's package: java.io.FileNotFoundException: … says enough by its name.
    return last.replaceFirst("^(?:[a-z0-9_]+\\.)+([A-Z]\\w*(?:Exception|Error)): ", "$1: ");
  }
}
