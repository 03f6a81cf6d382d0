package org.openautoglm.operators.admission;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.openautoglm.operators.RecordTime;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.wire.Error;
import org.openautoglm.schemas.wire.InferenceRequest;

/**
 * Decides whether a request may run at all: its model is known, its parameters are the task's, its
 * time is not up. Pure, and told the time.
 */
final class Admission {
  private static final int ECHOED_CHARS = 100;

  private final Map<String, ModelSpec> models = new TreeMap<>();

  Admission(List<ModelSpec> models) {
    models.forEach(model -> this.models.put(model.name(), model));
  }

  /** Why the prompt may not run, or empty. */
  Optional<Error> refusal(Prompt prompt, long deadlineUs, long nowUs) {
    InferenceRequest request = prompt.getRequest();
    if (!models.containsKey(request.getModelId())) {
      return Optional.of(FailureCode.UNKNOWN_MODEL.error(unknownModel(request.getModelId())));
    }
    TaskType task = models.get(request.getModelId()).task();
    String unsupported = task == TaskType.TEXT_GENERATION ? "" : generationParameters(request);
    if (!unsupported.isEmpty()) {
      return Optional.of(
          FailureCode.UNSUPPORTED_PARAMETER.error(
              "model %s does %s, which has no %s; leave that out"
                  .formatted(
                      request.getModelId(), task.name().toLowerCase(Locale.ROOT), unsupported)));
    }
    Optional<String> wrongUnit =
        deadlineUs == 0 ? Optional.empty() : RecordTime.wrongUnit(prompt.getOrigin());
    if (wrongUnit.isPresent()) {
      return Optional.of(
          FailureCode.INVALID_REQUEST.error(
              RecordTime.deadlineMessage(prompt.getOrigin(), wrongUnit.get())));
    }
    if (deadlineUs != 0 && deadlineUs <= nowUs) {
      return Optional.of(
          FailureCode.DEADLINE_EXCEEDED.error(
              String.format(
                  Locale.ROOT,
                  "the deadline of %,d ms had passed %,d ms before the request was admitted",
                  request.getDeadlineMs(),
                  (nowUs - deadlineUs) / 1000)));
    }
    return Optional.empty();
  }

  /**
   * When the request's time is up, microseconds since the epoch, counted from its record's
   * timestamp; 0 for never.
   */
  static long deadlineUs(Prompt prompt) {
    if (!prompt.getRequest().hasDeadlineMs()) {
      return 0;
    }
    return RecordTime.publishedUs(prompt.getOrigin()) + prompt.getRequest().getDeadlineMs() * 1000;
  }

  private String unknownModel(String asked) {
    String shown = asked.length() <= ECHOED_CHARS ? asked : asked.substring(0, ECHOED_CHARS) + "…";
    return "model_id \"%s\" is not configured; configured models: %s"
        .formatted(shown, models.keySet().stream().collect(joining(", ")));
  }

  /** The names of what only generation has; temperature 0 is the default of every task. */
  private static String generationParameters(InferenceRequest request) {
    if (!request.hasParameters() && request.getTemperature() == 0) {
      return ""; // As almost always, and going through all fields costs more than the rest of
      // admit.
    }
    StringBuilder names = new StringBuilder();
    if (request.getTemperature() != 0) {
      names.append(", temperature");
    }
    request
        .getParameters()
        .getAllFields()
        .keySet()
        .forEach(field -> names.append(", ").append(field.getName()));
    return names.isEmpty() ? "" : names.substring(2);
  }
}
