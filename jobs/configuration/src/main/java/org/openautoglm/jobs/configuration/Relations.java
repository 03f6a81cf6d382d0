package org.openautoglm.jobs.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What options must be to each other, which no schema says. Looks only at values that are what they
 * should be by themselves, so that it can run on a tree with other problems.
 */
final class Relations {
  private final JsonNode tree;
  private final ProblemList problems;

  Relations(JsonNode tree, ProblemList problems) {
    this.tree = tree;
    this.problems = problems;
  }

  void check() {
    new ReadRelations(tree, problems).check();
    checkTransactions();
    checkResultSize();
    Map<String, OptionPath> names = new HashMap<>();
    for (int i = 0; i < tree.path("models").size(); i++) {
      OptionPath model = OptionPath.ROOT.child("models").child(i);
      checkName(model.child("model_name"), names);
      checkTask(model);
      checkWaitingRows(model.child("batching"));
      checkRetry(model.child("retry"));
    }
  }

  private void checkTransactions() {
    Optional<Duration> interval = duration(path("checkpoint_interval"));
    Optional<Duration> timeout = duration(path("kafka", "transaction_timeout"));
    if (interval.isPresent()
        && timeout.isPresent()
        && text(path("delivery")).equals(Optional.of("exactly_once"))
        && timeout.get().compareTo(interval.get().multipliedBy(2)) < 0) {
      problems.add(
          path("kafka", "transaction_timeout"),
          "must be at least twice checkpoint_interval (%s), or transactions end before they commit"
              .formatted(value(path("checkpoint_interval")).asText()));
    }
  }

  private void checkResultSize() {
    OptionPath requestSize = path("kafka", "producer", "max.request.size");
    Optional<Long> largestRequest =
        text(requestSize).filter(given -> given.matches("[0-9]{1,18}")).map(Long::valueOf);
    Optional<Long> largestResult = wholeNumber(path("limits", "max_result_bytes"));
    if (largestRequest.isPresent()
        && largestResult.isPresent()
        && largestRequest.get() < largestResult.get()) {
      problems.add(
          requestSize,
          "must be at least limits.max_result_bytes (%d), or answers cannot be written"
              .formatted(largestResult.get()));
    }
  }

  private void checkName(OptionPath name, Map<String, OptionPath> names) {
    text(name)
        .map(given -> names.putIfAbsent(given, name))
        .ifPresent(
            other ->
                problems.add(
                    name, "is the name of another model, %s; names must differ".formatted(other)));
  }

  private void checkTask(OptionPath model) {
    String task = text(model.child("task_type")).orElse("");
    if (task.equals("classification") || task.equals("text_generation")) {
      for (String option : new String[] {"pooling", "normalize"}) {
        text(model.child(option))
            .filter(given -> !given.equals("from_model"))
            .ifPresent(
                given ->
                    problems.add(
                        model.child(option),
                        "is for embedding models; remove it from this %s model".formatted(task)));
      }
    }
    if (task.equals("text_generation") && value(model.child("truncate")).asBoolean(false)) {
      problems.add(
          model.child("truncate"),
          "cannot be true for text_generation, whose prompts would lose their end; remove it");
    }
    checkGeneration(model.child("generation"));
  }

  private void checkGeneration(OptionPath generation) {
    Optional<Long> answer = wholeNumber(generation.child("max_new_tokens"));
    Optional<Long> context = wholeNumber(generation.child("context_tokens"));
    if (answer.isPresent() && context.isPresent() && answer.get() >= context.get()) {
      problems.add(
          generation.child("max_new_tokens"),
          "must be less than context_tokens (%d), which holds the prompt too"
              .formatted(context.get()));
    }
  }

  private void checkWaitingRows(OptionPath batching) {
    Optional<Long> waiting = wholeNumber(batching.child("max_waiting_rows"));
    requireRoomFor(batching, waiting, batching.child("max_rows"));
    requireRoomFor(batching, waiting, path("limits", "max_inputs"));
  }

  private void requireRoomFor(OptionPath batching, Optional<Long> waiting, OptionPath rows) {
    Optional<Long> needed = wholeNumber(rows);
    if (waiting.isPresent() && needed.isPresent() && waiting.get() < needed.get()) {
      problems.add(
          batching.child("max_waiting_rows"),
          "must be at least %s (%d), not %d".formatted(rows, needed.get(), waiting.get()));
    }
  }

  private void checkRetry(OptionPath retry) {
    Optional<Duration> delay = duration(retry.child("delay"));
    Optional<Duration> longest = duration(retry.child("delay_max"));
    if (delay.isPresent() && longest.isPresent() && delay.get().compareTo(longest.get()) > 0) {
      problems.add(
          retry.child("delay"),
          "must be at most delay_max (%s), not %s"
              .formatted(
                  value(retry.child("delay_max")).asText(), value(retry.child("delay")).asText()));
    }
  }

  private static OptionPath path(Object... steps) {
    return new OptionPath(List.of(steps));
  }

  private JsonNode value(OptionPath path) {
    JsonNode value = tree;
    for (Object step : path.steps()) {
      value = step instanceof Integer position ? value.path(position) : value.path((String) step);
    }
    return value;
  }

  private Optional<String> text(OptionPath path) {
    return Optional.of(value(path)).filter(JsonNode::isTextual).map(JsonNode::asText);
  }

  private Optional<Long> wholeNumber(OptionPath path) {
    return Optional.of(value(path))
        .filter(found -> found.isIntegralNumber() && found.canConvertToLong())
        .map(JsonNode::asLong);
  }

  private Optional<Duration> duration(OptionPath path) {
    return text(path).flatMap(DurationText::tryParse);
  }
}
