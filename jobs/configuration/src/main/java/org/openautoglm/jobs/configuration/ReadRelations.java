package org.openautoglm.jobs.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** What options that say which records are read must be to each other. */
final class ReadRelations {
  private static final OptionPath KAFKA = OptionPath.ROOT.child("kafka");
  private static final OptionPath TOPICS = KAFKA.child("topics");
  private static final OptionPath PATTERN = TOPICS.child("prompts_pattern");
  private static final List<String> OUTPUTS = List.of("results", "audit", "dead_letters");

  private final JsonNode kafka;
  private final ProblemList problems;

  ReadRelations(JsonNode tree, ProblemList problems) {
    this.kafka = tree.path("kafka");
    this.problems = problems;
  }

  void check() {
    checkTopics();
    checkPattern();
    checkMoments();
  }

  private void checkTopics() {
    Map<OptionPath, String> names = new LinkedHashMap<>();
    JsonNode topics = kafka.path("topics");
    JsonNode prompts = topics.path("prompts");
    if (!topics.has("prompts_pattern")) {
      add(names, TOPICS.child("prompts"), prompts);
      for (int i = 0; i < prompts.size(); i++) {
        add(names, TOPICS.child("prompts").child(i), prompts.get(i));
      }
    }
    OUTPUTS.forEach(output -> add(names, TOPICS.child(output), topics.path(output)));
    Map<String, OptionPath> seen = new HashMap<>();
    names.forEach(
        (topic, name) -> {
          OptionPath other = seen.putIfAbsent(name, topic);
          if (other != null) {
            problems.add(
                topic, "is the same topic as %s; the topics must be different".formatted(other));
          }
        });
  }

  private static void add(Map<OptionPath, String> names, OptionPath path, JsonNode name) {
    if (name.isTextual()) {
      names.put(path, name.asText());
    }
  }

  private void checkPattern() {
    JsonNode topics = kafka.path("topics");
    if (!topics.path("prompts_pattern").isTextual()) {
      return;
    }
    if (problems.lines().containsKey(TOPICS.child("prompts"))) {
      problems.add(PATTERN, "stands instead of prompts; give one of the two");
    }
    try {
      Pattern pattern = Pattern.compile(topics.path("prompts_pattern").asText());
      for (String output : OUTPUTS) {
        String name = topics.path(output).asText();
        if (pattern.matcher(name).matches()) {
          problems.add(
              PATTERN,
              "matches %s (%s), which the job writes: it would read what it wrote"
                  .formatted(name, TOPICS.child(output)));
        }
      }
    } catch (PatternSyntaxException e) {
      problems.add(PATTERN, "is no regular expression: " + e.getDescription());
    }
  }

  private void checkMoments() {
    Optional<ReadMoment> start = moment("start_from");
    Optional<ReadMoment> until = moment("until");
    if (until.filter(end -> end.kind() == ReadMoment.Kind.EARLIEST).isPresent()) {
      problems.add(KAFKA.child("until"), "cannot be earliest: there would be nothing to read");
    }
    if (until.filter(end -> end.timeMs() > Instant.now().toEpochMilli()).isPresent()) {
      problems.add(
          KAFKA.child("until"),
          "must be past: where a partition ends is looked up once, at the start");
    }
    if (start.isPresent() && until.isPresent()) {
      boolean late =
          start.get().kind() == ReadMoment.Kind.LATEST
              || (until.get().kind() == ReadMoment.Kind.TIME
                  && start.get().timeMs() >= until.get().timeMs());
      if (late) {
        problems.add(KAFKA.child("start_from"), "must be before until (" + until.get() + ")");
      }
    }
  }

  private Optional<ReadMoment> moment(String option) {
    if (!kafka.path(option).isTextual()) {
      return Optional.empty();
    }
    Optional<ReadMoment> moment = ReadMoment.tryParse(kafka.path(option).asText());
    if (moment.isEmpty()) {
      SchemaPlace place = SchemaPlace.root().descend(KAFKA.child(option)).orElseThrow();
      problems.add(KAFKA.child(option), Expectation.of(place).unlike(kafka.path(option)));
    }
    return moment;
  }
}
