package org.openautoglm.operators.settlement;

import com.google.protobuf.ByteString;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.failure.FailureCode.Blame;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.wire.InferenceResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Logs requests that failed by no fault of their sender, with what finds them elsewhere: their
 * coordinates, their trace and how long they took. At most one line for each code in ten seconds,
 * which says how many there were beside it; every one has its audit event. Called by one task
 * thread.
 */
final class FailureLog {
  static final String TRACE_ID = "trace_id";
  static final String DURATION_MS = "duration_ms";
  static final String TASK = "task";

  private static final Logger LOG = LoggerFactory.getLogger(FailureLog.class);
  private static final long PAUSE_US = 10_000_000;

  /** Version, trace, parent and flags, as W3C writes them. */
  private static final Pattern TRACEPARENT =
      Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*");

  private final String task;
  private final Map<String, Silence> silences = new HashMap<>();

  FailureLog(String task) {
    this.task = task;
  }

  /** Logs the result if it is such a failure. */
  void settled(InferenceResult result, Origin origin, long nowUs) {
    if (!result.hasError()) {
      return;
    }
    String code = result.getError().getCode();
    // Of a later version's code, restored after a rollback, nobody knows whose fault it is.
    if (FailureCode.named(code).map(FailureCode::blame).orElse(Blame.SERVER) != Blame.SERVER) {
      return;
    }
    Silence silence = silences.computeIfAbsent(code, key -> new Silence());
    if (nowUs < silence.untilUs) {
      silence.failures++;
      return;
    }
    log(result, origin, nowUs, silence.failures);
    silence.untilUs = nowUs + PAUSE_US;
    silence.failures = 0;
  }

  private void log(InferenceResult result, Origin origin, long nowUs, long others) {
    String duration = String.format(Locale.ROOT, "%.1f", Settlement.totalMs(origin, nowUs));
    String trace = trace(origin);
    MDC.put(TASK, task);
    MDC.put(DURATION_MS, duration);
    if (!trace.isEmpty()) {
      MDC.put(TRACE_ID, trace);
    }
    try {
      LOG.warn(
          "Request {} ({}-{}-{}) of {} failed: {} {}{}",
          result.getRequestId(),
          origin.getSource().getTopic(),
          origin.getSource().getPartition(),
          origin.getSource().getOffset(),
          result.getModelId(),
          result.getError().getCode(),
          result.getError().getMessage(),
          others == 0 ? "" : "; so did " + others + " others since the last such line");
    } finally {
      MDC.remove(TASK);
      MDC.remove(DURATION_MS);
      MDC.remove(TRACE_ID);
    }
  }

  /** The id in the record's {@code traceparent}; empty where it has none. */
  static String trace(Origin origin) {
    for (Header header : origin.getHeadersList()) {
      if (header.getKey().equalsIgnoreCase("traceparent")) {
        ByteString value = header.getValue();
        Matcher parts = TRACEPARENT.matcher(value.toStringUtf8());
        return parts.matches() ? parts.group(1) : "";
      }
    }
    return "";
  }

  private static final class Silence {
    private long untilUs;
    private long failures;
  }
}
