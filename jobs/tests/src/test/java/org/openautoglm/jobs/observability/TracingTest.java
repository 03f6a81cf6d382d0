package org.openautoglm.jobs.observability;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.observability.CollectorDouble.Received;

/** The spans of a running job, as a collector that speaks the real protocol receives them. */
@Timeout(120)
class TracingTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00f067aa0ba902b7";
  private static final String KEPT = "00-" + TRACE + "-" + PARENT + "-01";
  private static final String NOT_KEPT = "00-0af7651916cd43dd8448eb211c80319c-" + PARENT + "-00";

  @TempDir static Path directory;
  private static CollectorDouble collector;
  private static List<ConsumerRecord<byte[], byte[]>> outcomes;
  private static List<String> threadsBefore;

  @BeforeAll
  static void runAJob() throws Exception {
    threadsBefore = tracingThreads();
    collector = new CollectorDouble();
    String tracing =
        "tracing: {endpoint: '%s', sample_one_in: 1, service_name: traced}"
            .formatted(collector.endpoint());
    try (ObservedJob job = ObservedJob.start(directory, tracing)) {
      String embedder = job.embedder();
      outcomes =
          job.answer(
              List.of(
                  traced("answered", embed(embedder, "w1 w2"), KEPT),
                  traced("not-kept", embed(embedder, "w1"), NOT_KEPT),
                  ObservedJob.prompt("fresh", embed(embedder, "w3")),
                  traced("failed", embed(embedder, "outside"), "garbage"),
                  ObservedJob.prompt("refused", embed("nobody", "w1")),
                  ObservedJob.prompt("dead", "{")));
    }
  }

  @AfterAll
  static void stop() {
    collector.close();
  }

  private static String embed(String model, String input) {
    return "{\"model_id\": \"" + model + "\", \"inputs\": [\"" + input + "\"]}";
  }

  private static ProducerRecord<byte[], byte[]> traced(String key, String json, String parent) {
    ProducerRecord<byte[], byte[]> prompt = ObservedJob.prompt(key, json);
    prompt.headers().add("traceparent", parent.getBytes(UTF_8));
    return prompt;
  }

  private static Received request(String id) {
    List<Received> found =
        collector.spans().stream()
            .filter(span -> id.equals(span.attributes().get("autoglm.request_id")))
            .toList();
    assertThat(found).as(id).hasSize(1);
    return found.get(0);
  }

  private static Map<String, Received> stages(Received request) {
    return collector.spans().stream()
        .filter(span -> span.traceId().equals(request.traceId()))
        .filter(span -> span.parentId().equals(request.spanId()))
        .collect(Collectors.toMap(Received::name, span -> span));
  }

  @Test
  void continuesTheTraceOfTheRecord() {
    Received request = request("answered");
    assertThat(request.traceId()).isEqualTo(TRACE);
    assertThat(request.parentId()).isEqualTo(PARENT);
    assertThat(request.span().getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CONSUMER);
    assertThat(request.attributes())
        .containsEntry("messaging.system", "kafka")
        .containsEntry("messaging.destination.name", "autoglm.prompts")
        .containsEntry("autoglm.outcome", "OK")
        .containsKeys("messaging.kafka.offset", "gen_ai.request.model");
    assertThat(request.resource()).containsEntry("service.name", "traced");
  }

  @Test
  void hasASpanForEachStageInTheirOrder() {
    Received request = request("answered");
    Map<String, Received> stages = stages(request);
    List<String> order =
        List.of("queue", "decode", "admit", "prepare", "window", "inference", "settle");
    assertThat(stages.keySet()).containsExactlyInAnyOrderElementsOf(order);
    long at = request.span().getStartTimeUnixNano();
    for (String stage : order) {
      Span span = stages.get(stage).span();
      assertThat(span.getStartTimeUnixNano()).as(stage).isGreaterThanOrEqualTo(at);
      assertThat(span.getEndTimeUnixNano()).isGreaterThanOrEqualTo(span.getStartTimeUnixNano());
      at = span.getEndTimeUnixNano();
    }
    assertThat(request.span().getEndTimeUnixNano()).isEqualTo(at);
    assertThat(stages.get("inference").attributes())
        .containsEntry("autoglm.device", "cpu")
        .containsKeys("autoglm.batch_id", "autoglm.batch_rows", "autoglm.padded_tokens");
  }

  @Test
  void keepsNothingOfATraceThatIsNotKept() {
    assertThat(collector.spans())
        .noneMatch(span -> span.traceId().equals(NOT_KEPT.substring(3, 35)));
  }

  @Test
  void beginsATraceWhereThereIsNone() {
    assertThat(request("fresh").parentId()).isEmpty();
    assertThat(request("failed").parentId()).isEmpty();
  }

  @Test
  void saysWhatFailed() {
    Received failed = request("failed");
    assertThat(failed.attributes()).containsEntry("error.type", "MODEL_FAILURE");
    assertThat(failed.span().getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
    Received refused = request("refused");
    assertThat(refused.attributes())
        .containsEntry("error.type", "UNKNOWN_MODEL")
        .containsEntry("autoglm.outcome", "ERROR");
    assertThat(stages(refused).keySet()).contains("queue", "decode", "settle");
    assertThat(stages(refused).keySet()).doesNotContain("window", "inference");
    assertThat(collector.spans())
        .anyMatch(span -> "DEAD_LETTER".equals(span.attributes().get("autoglm.outcome")));
  }

  @Test
  void leavesTheResultsTraceparentAlone() {
    Map<String, String> parents =
        outcomes.stream()
            .filter(outcome -> outcome.headers().lastHeader("traceparent") != null)
            .collect(
                Collectors.toMap(
                    outcome -> new String(outcome.key(), UTF_8),
                    outcome ->
                        new String(outcome.headers().lastHeader("traceparent").value(), UTF_8)));
    assertThat(parents)
        .containsOnly(
            Map.entry("answered", KEPT),
            Map.entry("not-kept", NOT_KEPT),
            Map.entry("failed", "garbage"));
  }

  /** In a session cluster a thread that stays would keep the job's classes for ever. */
  @Test
  void leavesNoThreadBehind() {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              // The HTTP client's own thread ends when nobody holds the client any more.
              System.gc();
              return threadsBefore.containsAll(tracingThreads());
            });
  }

  private static List<String> tracingThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.matches("autoglm-spans|HttpClient-.*-SelectorManager|okhttp.*"))
        .toList();
  }
}
