package org.openautoglm.jobs.observability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openautoglm.jobs.observability.PromQl.Condition;
import org.openautoglm.jobs.observability.PromQl.Selection;
import org.openautoglm.jobs.observability.Queries.Query;
import org.openautoglm.schemas.failure.FailureCode;

/**
 * The dashboard and the alerts, held against what a running job's reporter really serves: every
 * metric that a query names, with every label and value it asks for.
 */
@Timeout(120)
class MetricsTest {
  private static final String STAGE = "flink_taskmanager_job_task_operator_autoglm_stage_";
  private static final int GOOD = 8;

  @TempDir static Path directory;
  private static Exposition served;
  private static String embedder;

  @BeforeAll
  static void runAJob() throws Exception {
    try (CollectorDouble collector = new CollectorDouble();
        ObservedJob job =
            ObservedJob.start(directory, "tracing: {endpoint: '" + collector.endpoint() + "'}")) {
      embedder = job.embedder();
      List<ProducerRecord<byte[], byte[]>> prompts = new ArrayList<>();
      for (int i = 0; i < GOOD; i++) {
        prompts.add(embed("e" + i, "w1" + " w2".repeat(i)));
      }
      prompts.add(embed("poison", "outside"));
      prompts.add(
          ObservedJob.prompt("unknown", "{\"model_id\": \"nobody\", \"inputs\": [\"w1\"]}"));
      prompts.add(ObservedJob.prompt("broken", "{"));
      prompts.add(
          ObservedJob.prompt("write", "{\"model_id\": \"writer\", \"inputs\": [\"w1 w2\"]}"));
      assertThat(job.answer(prompts)).hasSize(prompts.size());
      served = Exposition.parse(job.scrape());
    }
  }

  private static ProducerRecord<byte[], byte[]> embed(String key, String input) {
    return ObservedJob.prompt(
        key, "{\"model_id\": \"" + embedder + "\", \"inputs\": [\"" + input + "\"]}");
  }

  static Stream<Query> queries() throws Exception {
    List<Query> queries = new ArrayList<>(Queries.ofDashboard());
    queries.addAll(Queries.ofAlerts());
    assertThat(queries).hasSizeGreaterThanOrEqualTo(35);
    return queries.stream();
  }

  @ParameterizedTest
  @MethodSource("queries")
  void everyQueryFindsWhatItNames(Query query) {
    PromQl names = PromQl.read(query.expression());
    assertThat(names.selections()).isNotEmpty();
    for (Selection selection : names.selections()) {
      assertThat(served.of(selection.metric()))
          .as(selection.metric())
          .isNotEmpty()
          .allSatisfy(
              sample -> assertThat(sample.labels().keySet()).containsAll(names.groupingLabels()))
          .anyMatch(
              sample ->
                  selection.conditions().stream()
                      .allMatch(condition -> holds(condition, sample.labels())));
    }
  }

  private static boolean holds(Condition condition, Map<String, String> labels) {
    String value = labels.get(condition.label());
    return value != null && condition.value().matcher(value).matches();
  }

  @Test
  void aQueryThatNamesNothingIsSeen() {
    assertThatThrownBy(
            () -> everyQueryFindsWhatItNames(new Query("wrong", "rate(" + STAGE + "in[1m])")))
        .hasMessageContaining("in");
    assertThatThrownBy(
            () ->
                everyQueryFindsWhatItNames(
                    new Query("wrong", "sum by (modell) (" + STAGE + "model_rowsIn)")))
        .hasMessageContaining("modell");
    assertThatThrownBy(() -> PromQl.read("rat(x)")).hasMessageContaining("rat");
  }

  @Test
  void countersTellWhatHappened() {
    assertThat(count("requestsIn", Map.of("stage", "decode"))).isEqualTo(GOOD + 4);
    assertThat(count("resultsOk", Map.of("stage", "settle"))).isEqualTo(GOOD + 1);
    assertThat(count("resultsError", Map.of("stage", "settle"))).isEqualTo(2);
    assertThat(count("deadLetters", Map.of("stage", "settle"))).isEqualTo(1);
    for (FailureCode code : FailureCode.values()) {
      assertThat(count("code_requestsFailed", Map.of("code", code.name())))
          .as(code.name())
          .isEqualTo(
              switch (code) {
                case MODEL_FAILURE, UNKNOWN_MODEL, MALFORMED_RECORD -> 1;
                default -> 0;
              });
    }
    Map<String, String> ofEmbedder = Map.of("model", embedder);
    assertThat(count("model_rowsIn", ofEmbedder)).isEqualTo(GOOD + 1);
    assertThat(count("model_batchedRows", ofEmbedder)).isEqualTo(GOOD + 1);
    assertThat(count("model_maxRows", ofEmbedder)).isEqualTo(4);
    assertThat(count("model_batches", ofEmbedder)).isBetween(3.0, GOOD + 1.0);
    assertThat(count("model_tokensReal", ofEmbedder))
        .isBetween(1.0, count("model_tokensPadded", ofEmbedder));
    assertThat(count("model_device_laneBusyUs", Map.of("model", embedder, "device", "cpu")))
        .isPositive();
    assertThat(count("model_device_lanes", Map.of("model", embedder))).isPositive();
  }

  private static double count(String metric, Map<String, String> labels) {
    return served.sum(STAGE + metric, labels);
  }

  @Test
  void theReadmesMetricsAreThese() throws Exception {
    String readme = Files.readString(Queries.DIRECTORY.resolve("README.md"));
    var named = new TreeSet<String>();
    var matcher = Pattern.compile("(?m)^\\| `(\\w+)` \\|").matcher(readme);
    while (matcher.find()) {
      named.add(matcher.group(1));
    }
    var seen = new TreeSet<String>();
    served.all().stream()
        .map(Exposition.Sample::name)
        .filter(name -> name.startsWith(STAGE) && !name.endsWith("_count"))
        .forEach(name -> seen.add(name.substring(STAGE.length())));
    assertThat(named).isEqualTo(seen);
  }

  @Test
  void theOperatorsRulesAreTheSame() throws Exception {
    assertThat(Queries.alerts("prometheusrule.yaml"))
        .isEqualTo(Queries.alerts("prometheus/alerts.yaml"));
  }

  @Test
  void everyAlertLeadsToASectionOfTheRunbook() throws Exception {
    String runbook = Files.readString(Queries.DIRECTORY.resolve("../RUNBOOK.md"));
    Queries.alertsByName()
        .forEach(
            (name, rule) -> {
              String section = rule.at("/annotations/runbook").asText();
              assertThat(section).startsWith("RUNBOOK.md: ");
              assertThat(runbook)
                  .as(name)
                  .contains("\n## " + section.substring("RUNBOOK.md: ".length()) + "\n")
                  .contains("`" + name + "`");
            });
  }
}
