package org.openautoglm.jobs.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Asks Kafka's own configuration classes what they make of the properties in the file, so that
 * {@code validate} says what a client's constructor would say later, on another machine.
 *
 * <p>Values that Kafka reads from files are left out, and so are classes, which may lie in the
 * cluster alone. A name that Kafka does not know may be a plugin's.
 */
final class KafkaPropertiesCheck {
  private static final String EVERYBODY = "properties";
  private static final Map<String, KafkaClientKind> KINDS =
      Map.of("consumer", KafkaClientKind.CONSUMER, "producer", KafkaClientKind.PRODUCER);

  /** These bring code along, which may have properties of its own; so do classes. */
  private static final List<String> PLUGINS =
      List.of(
          "interceptor.classes",
          "metric.reporters",
          "security.providers",
          "partitioner.class",
          "config.providers");

  private static final int SLIPS_BESIDE_A_PLUGIN = 2;

  private final JsonNode tree;
  private final ProblemList problems;
  private final Set<String> wrong = new HashSet<>();

  KafkaPropertiesCheck(JsonNode tree, ProblemList problems) {
    this.tree = tree;
    this.problems = problems;
  }

  void check() {
    Map<String, String> common = given(EVERYBODY);
    common.forEach(this::checkCommon);
    for (String group : List.of("consumer", "producer")) {
      given(group).forEach((name, value) -> checkOwn(group, name, value));
      requireCommonSecurity(group, common);
    }
    checkTogether(KafkaClientKind.ADMIN, EVERYBODY, common);
    KINDS.forEach(
        (group, kind) -> {
          Map<String, String> all = new LinkedHashMap<>(common);
          all.putAll(given(group));
          checkTogether(kind, group, all);
        });
  }

  private void checkCommon(String name, String value) {
    Optional<KafkaClientKind> kind =
        Arrays.stream(KafkaClientKind.values()).filter(one -> one.knows(name)).findFirst();
    boolean ofAdmins = KafkaClientKind.ADMIN.knows(name);
    boolean ofBoth = KafkaClientKind.CONSUMER.knows(name) && KafkaClientKind.PRODUCER.knows(name);
    if (kind.isEmpty()) {
      checkUnknown(EVERYBODY, name);
    } else if (!ofAdmins && !ofBoth) {
      String owner = kind.get() == KafkaClientKind.CONSUMER ? "consumer" : "producer";
      add(EVERYBODY, name, "is for the %1$s alone; move it to kafka.%1$s".formatted(owner));
    } else if (!isReference(value)) {
      kind.get().problemOf(name, value).ifPresent(problem -> add(EVERYBODY, name, problem));
    }
  }

  private void checkOwn(String group, String name, String value) {
    KafkaClientKind kind = KINDS.get(group);
    if (kind.knows(name)) {
      if (!isReference(value)) {
        kind.problemOf(name, value).ifPresent(problem -> add(group, name, problem));
      }
      return;
    }
    for (Map.Entry<String, KafkaClientKind> other : KINDS.entrySet()) {
      if (other.getValue().knows(name)) {
        add(group, name, "is for the %1$s; move it to kafka.%1$s".formatted(other.getKey()));
        return;
      }
    }
    checkUnknown(group, name);
  }

  private void checkUnknown(String group, String name) {
    Set<String> known = new TreeSet<>();
    for (KafkaClientKind kind : KafkaClientKind.values()) {
      known.addAll(kind.names());
    }
    boolean mayBeAPlugins = usesPlugins() || KafkaConfiguration.isSecurity(name);
    Optional<String> nearest =
        mayBeAPlugins
            ? KnownName.nearest(name, known, SLIPS_BESIDE_A_PLUGIN)
            : KnownName.nearest(name, List.copyOf(known));
    if (nearest.isPresent()) {
      add(group, name, "is no property of Kafka's clients; did you mean " + nearest.get() + "?");
    } else if (!mayBeAPlugins) {
      add(
          group,
          name,
          "is no property of Kafka's clients, and no plugin is configured (%s) whose it may be"
              .formatted(String.join(", ", PLUGINS)));
    }
  }

  // The job's other clients need it too: one looks for topics, the others read and write.
  private void requireCommonSecurity(String group, Map<String, String> common) {
    for (String name : given(group).keySet()) {
      boolean security = KafkaConfiguration.isSecurity(name);
      if (security && !common.containsKey(name) && !wrong.contains(group + name)) {
        add(
            group,
            name,
            "is for the %s alone, but the job's other clients need it too: move it to"
                    .formatted(group)
                + " kafka.properties, which is for all of them");
      }
    }
  }

  /**
   * Kafka stops at the first problem of values that do not go together. So what that names is taken
   * out, as what is wrong by itself is, and the rest is asked about again.
   */
  private void checkTogether(KafkaClientKind kind, String group, Map<String, String> all) {
    Map<String, String> rest = new LinkedHashMap<>(all);
    rest.values().removeIf(KafkaPropertiesCheck::isReference);
    rest.keySet()
        .removeIf(name -> wrong.contains(group + name) || wrong.contains(EVERYBODY + name));
    boolean more = true;
    while (more) {
      Optional<String> problem = kind.problemOf(rest);
      problem.ifPresent(
          words -> problems.add(placeOf(words, group), "Kafka refuses this: " + words));
      more = problem.isPresent() && rest.keySet().removeIf(name -> isNamed(name, problem.get()));
    }
  }

  private static boolean isNamed(String property, String problem) {
    return Pattern.compile("(?<![\\w.])" + Pattern.quote(property) + "(?!\\w|\\.\\w)")
        .matcher(problem)
        .find();
  }

  // The property that the problem names, the client's own before one of all clients.
  private OptionPath placeOf(String problem, String group) {
    for (String place : List.of(group, EVERYBODY)) {
      for (String name : given(place).keySet()) {
        if (isNamed(name, problem)) {
          return path(place).child(name);
        }
      }
    }
    return path(group);
  }

  private boolean usesPlugins() {
    return List.of(EVERYBODY, "consumer", "producer").stream()
        .flatMap(group -> given(group).keySet().stream())
        .anyMatch(name -> PLUGINS.contains(name) || name.endsWith(".class"));
  }

  private void add(String group, String name, String problem) {
    if (wrong.add(group + name)) {
      problems.add(path(group).child(name), problem);
    }
  }

  private Map<String, String> given(String group) {
    Map<String, String> texts = new LinkedHashMap<>();
    tree.path("kafka")
        .path(group)
        .properties()
        .forEach(
            property -> {
              if (property.getValue().isTextual()) {
                texts.put(property.getKey(), property.getValue().asText());
              }
            });
    return texts;
  }

  private static OptionPath path(String group) {
    return OptionPath.ROOT.child("kafka").child(group);
  }

  private static boolean isReference(String value) {
    return value.matches("(?s).*\\$\\{[^}]*:[^}]*}.*");
  }
}
