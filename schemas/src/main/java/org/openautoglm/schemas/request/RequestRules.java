package org.openautoglm.schemas.request;

import static org.openautoglm.schemas.request.Lengths.longerThan;
import static org.openautoglm.schemas.request.Lengths.tooLong;

import java.util.List;
import java.util.Map;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.ParametersOrBuilder;

/**
 * The ranges of the wire contract, the same for every format. Immutable and thread-safe.
 *
 * <p>Lengths are in characters, that is Unicode code points: an emoji is one.
 */
public final class RequestRules {
  public static final int REQUEST_ID_CHARS_MAX = 256;
  public static final int MODEL_ID_CHARS_MAX = 256;
  public static final int STOP_MAX = 16;
  public static final int STOP_CHARS_MAX = 256;
  public static final int METADATA_MAX = 32;
  public static final int METADATA_CHARS_MAX = 1024;

  /** Seven days: a request that may wait longer needs no deadline. */
  public static final long DEADLINE_MS_MAX = 7L * 24 * 60 * 60 * 1000;

  private final InputRules inputs;

  public RequestRules(RequestLimits limits) {
    inputs = new InputRules(limits);
  }

  /**
   * Adds every rule that the request breaks to the problems. Names and metadata that break one are
   * taken out of the request, so that no outcome repeats them.
   */
  public void check(InferenceRequest.Builder request, InputPaths paths, Problems problems) {
    checkNames(request, problems);
    inputs.check(request, paths, problems);
    if (request.hasTemperature()) {
      float temperature = request.getTemperature();
      if (!(temperature >= 0 && temperature <= 2)) {
        problems.add(paths.temperature(), "is " + temperature + ": give a number from 0 to 2");
      }
    }
    if (request.hasParameters()) {
      checkParameters(request.getParametersOrBuilder(), problems);
      checkStop(request.getParametersOrBuilder().getStopList(), problems);
    }
    if (request.hasDeadlineMs()) {
      checkDeadline(request.getDeadlineMs(), problems);
    }
    if (request.getMetadataCount() > 0 && !checkMetadata(request.getMetadataMap(), problems)) {
      request.clearMetadata();
    }
  }

  private static void checkNames(InferenceRequest.Builder request, Problems problems) {
    if (longerThan(REQUEST_ID_CHARS_MAX, request.getRequestId())) {
      problems.add("request_id", tooLong(request.getRequestId(), REQUEST_ID_CHARS_MAX));
      request.clearRequestId();
    }
    if (request.getModelId().isEmpty()) {
      problems.add("model_id", "is missing or empty: name a configured model");
    } else if (longerThan(MODEL_ID_CHARS_MAX, request.getModelId())) {
      problems.add("model_id", tooLong(request.getModelId(), MODEL_ID_CHARS_MAX));
      request.clearModelId();
    }
  }

  private static void checkParameters(ParametersOrBuilder parameters, Problems problems) {
    if (parameters.hasMaxNewTokens() && parameters.getMaxNewTokens() < 1) {
      problems.add(
          "parameters.max_new_tokens", "is " + parameters.getMaxNewTokens() + ": give 1 or more");
    }
    float topP = parameters.getTopP();
    if (parameters.hasTopP() && !(topP > 0 && topP <= 1)) {
      problems.add("parameters.top_p", "is " + topP + ": give a number above 0 and at most 1");
    }
    if (parameters.hasTopK() && parameters.getTopK() < 0) {
      problems.add(
          "parameters.top_k", "is " + parameters.getTopK() + ": give 0 (no limit) or more");
    }
    float penalty = parameters.getRepetitionPenalty();
    if (parameters.hasRepetitionPenalty() && !(penalty > 0 && Float.isFinite(penalty))) {
      problems.add(
          "parameters.repetition_penalty",
          "is " + penalty + ": give a finite number above 0, where 1 is no penalty");
    }
  }

  private static void checkStop(List<String> stop, Problems problems) {
    if (stop.size() > STOP_MAX) {
      problems.add("parameters.stop", Lengths.tooMany("members", stop.size(), STOP_MAX));
      return;
    }
    for (int i = 0; i < stop.size(); i++) {
      if (stop.get(i).isEmpty()) {
        problems.add("parameters.stop[" + i + "]", "is empty: leave it out");
      } else if (longerThan(STOP_CHARS_MAX, stop.get(i))) {
        problems.add("parameters.stop[" + i + "]", tooLong(stop.get(i), STOP_CHARS_MAX));
      }
    }
  }

  private static void checkDeadline(long deadlineMs, Problems problems) {
    if (deadlineMs < 1) {
      problems.add("deadline_ms", "is " + deadlineMs + ": give 1 or more, or leave it out");
    } else if (deadlineMs > DEADLINE_MS_MAX) {
      problems.add(
          "deadline_ms",
          "is %s; the limit is %s, seven days: leave it out for no deadline"
              .formatted(Lengths.grouped(deadlineMs), Lengths.grouped(DEADLINE_MS_MAX)));
    }
  }

  private static boolean checkMetadata(Map<String, String> metadata, Problems problems) {
    if (metadata.size() > METADATA_MAX) {
      problems.add("metadata", Lengths.tooMany("entries", metadata.size(), METADATA_MAX));
      return false;
    }
    boolean kept = true;
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      if (longerThan(METADATA_CHARS_MAX, entry.getKey())) {
        problems.add(
            metadataPath(entry), "has a name that " + tooLong(entry.getKey(), METADATA_CHARS_MAX));
        kept = false;
      } else if (longerThan(METADATA_CHARS_MAX, entry.getValue())) {
        problems.add(metadataPath(entry), tooLong(entry.getValue(), METADATA_CHARS_MAX));
        kept = false;
      }
    }
    return kept;
  }

  private static String metadataPath(Map.Entry<String, String> entry) {
    return "metadata." + Excerpt.of(entry.getKey());
  }
}
