package org.openautoglm.jobs.law;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.local.LocalCluster;
import org.openautoglm.jobs.local.SharedBroker;
import org.openautoglm.jobs.topology.InferenceJob;
import org.openautoglm.operators.conversion.testing.Corpus;
import org.openautoglm.operators.conversion.testing.PlainModel;
import org.openautoglm.operators.conversion.testing.WordPieces;
import org.openautoglm.operators.testing.TestModels;

/**
 * Real answers through the whole job, against one row alone in a bare session behind a tokenizer of
 * the test's own: all models at once, texts alone and several in a request, batched as they come.
 */
@ExtendWith(SharedBroker.class)
class RightAnswersITCase {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> TEXTS = Corpus.texts();
  private static final int INPUTS = 4;

  private final TestTopics topics;

  RightAnswersITCase(SharedBroker broker) {
    topics = new TestTopics(broker);
  }

  @Test
  void agreeWithAnIndependentComputation(@TempDir Path directory) throws Exception {
    Path bge = TestModels.bgeSmallZh();
    Path miniLm = TestModels.allMiniLm();
    Optional<Path> harm = TestModels.chineseHarm();
    String models =
        """
        - {model_name: bge, task_type: embedding, path: '%s', shards: 2}
        - {model_name: minilm, task_type: embedding, path: '%s'}
        %s"""
            .formatted(
                bge,
                miniLm,
                harm.map("- {model_name: harm, task_type: classification, path: '%s'}"::formatted)
                    .orElse(""));
    List<String> names =
        harm.isPresent() ? List.of("bge", "minilm", "harm") : List.of("bge", "minilm");
    Map<String, JsonNode> answers;
    try (LocalCluster cluster = LocalCluster.start(directory, 0, 2)) {
      cluster.submit(InferenceJob::define, topics.configuration(models));
      int requests = publish(names);
      answers = results(requests);
      assertThat(cluster.failures()).isEmpty();
    }
    assertEmbeddings(answers, "bge", bge, 512, true);
    assertEmbeddings(answers, "minilm", miniLm, 256, false);
    if (harm.isPresent()) {
      assertClasses(answers, harm.orElseThrow());
    }
  }

  private static void assertEmbeddings(
      Map<String, JsonNode> answers, String model, Path directory, int limit, boolean first)
      throws Exception {
    WordPieces pieces = new WordPieces(directory.resolve("tokenizer.json"));
    try (PlainModel plain = new PlainModel(directory.resolve("model.onnx"))) {
      for (int i = 0; i < TEXTS.size(); i++) {
        double[] expected = plain.embedding(pieces.encode(TEXTS.get(i), limit), first);
        for (JsonNode output : bothAnswers(answers, model, i)) {
          double dot = 0;
          for (int d = 0; d < expected.length; d++) {
            dot += expected[d] * output.required("embedding").required(d).doubleValue();
          }
          assertThat(dot).as("%s of %s", model, TEXTS.get(i)).isCloseTo(1, within(1e-4));
        }
      }
    }
  }

  private static void assertClasses(Map<String, JsonNode> answers, Path directory)
      throws Exception {
    WordPieces pieces = new WordPieces(directory.resolve("tokenizer.json"));
    JsonNode names = JSON.readTree(directory.resolve("config.json").toFile()).required("id2label");
    try (PlainModel plain = new PlainModel(directory.resolve("model_optimized.onnx"))) {
      for (int i = 0; i < TEXTS.size(); i++) {
        double[] expected = plain.exponentials(pieces.encode(TEXTS.get(i), 512));
        for (JsonNode output : bothAnswers(answers, "harm", i)) {
          Map<String, Double> scores = new HashMap<>();
          output
              .required("labels")
              .forEach(
                  l -> scores.put(l.required("label").asText(), l.required("score").asDouble()));
          for (int c = 0; c < expected.length; c++) {
            String name = names.required(Integer.toString(c)).asText();
            assertThat(scores.get(name))
                .as("%s of %s", name, TEXTS.get(i))
                .isCloseTo(expected[c], within(0.02));
          }
        }
      }
    }
  }

  /** A text's answer alone in its request, and among others. */
  private static List<JsonNode> bothAnswers(Map<String, JsonNode> answers, String model, int text) {
    JsonNode alone = answers.get(model + "-alone-" + text).required("outputs").required(0);
    JsonNode among =
        answers.get(model + "-among-" + text / INPUTS).required("outputs").required(text % INPUTS);
    assertThat(among.required("index").asInt()).isEqualTo(text % INPUTS);
    return List.of(alone, among);
  }

  private int publish(List<String> models) throws Exception {
    int requests = 0;
    try (KafkaProducer<byte[], byte[]> producer = topics.producer()) {
      for (String model : models) {
        for (int i = 0; i < TEXTS.size(); i++, requests++) {
          send(producer, model, "alone-" + i, TEXTS.subList(i, i + 1));
        }
        for (int i = 0; i < TEXTS.size(); i += INPUTS, requests++) {
          List<String> several = TEXTS.subList(i, Math.min(TEXTS.size(), i + INPUTS));
          send(producer, model, "among-" + i / INPUTS, several);
        }
      }
    }
    return requests;
  }

  private void send(
      KafkaProducer<byte[], byte[]> producer, String model, String id, List<String> texts)
      throws Exception {
    ObjectNode request = JSON.createObjectNode().put("model_id", model);
    ArrayNode inputs = request.putArray("inputs");
    texts.forEach(inputs::add);
    producer
        .send(
            new ProducerRecord<>(
                topics.prompts(),
                (model + "-" + id).getBytes(UTF_8),
                JSON.writeValueAsBytes(request)))
        .get();
  }

  private Map<String, JsonNode> results(int requests) throws Exception {
    Map<String, JsonNode> results = new HashMap<>();
    List<String> failed = new ArrayList<>();
    long giveUpNs = System.nanoTime() + Duration.ofMinutes(4).toNanos();
    try (KafkaConsumer<byte[], byte[]> consumer = topics.committed(topics.results())) {
      while (results.size() < requests) {
        assertThat(System.nanoTime()).as("still waiting for results").isLessThan(giveUpNs);
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
          JsonNode result = JSON.readTree(record.value());
          if (!result.required("status").asText().equals("OK")) {
            failed.add(result.toString());
          }
          assertThat(results.put(new String(record.key(), UTF_8), result)).isNull();
        }
      }
    }
    assertThat(failed).isEmpty();
    return results;
  }
}
