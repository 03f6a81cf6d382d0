package org.openautoglm.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.local.SharedBroker;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Status;

@ExtendWith(SharedBroker.class)
class PublishConsumeTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path directory;

  @Test
  void textsOfTheCommandLineComeOutAsRequests(SharedBroker broker) throws Exception {
    String topic = broker.newTopic("prompts", 2);
    CommandRun published =
        CommandRun.of(
            "publish",
            "--bootstrap",
            broker.bootstrapServers(),
            "--topic",
            topic,
            "--model",
            "bge",
            "今天天气真好",
            "emoji 🍲 \"quoted\"\n\t",
            "");
    assertThat(published.code()).isZero();
    assertThat(published.lines()).hasSize(3).doesNotHaveDuplicates();
    assertThat(published.err()).contains("published 3 to " + topic);

    CommandRun consumed = consume(broker, topic, 3);
    assertThat(consumed.code()).isZero();
    assertThat(consumed.lines())
        .containsExactlyInAnyOrder(
            "{\"model_id\":\"bge\",\"inputs\":[\"今天天气真好\"]}",
            "{\"model_id\":\"bge\",\"inputs\":[\"emoji 🍲 \\\"quoted\\\"\\n\\t\"]}",
            "{\"model_id\":\"bge\",\"inputs\":[\"\"]}");
  }

  @Test
  void linesOfAFileAreRequestsStringsOrTexts(SharedBroker broker) throws Exception {
    String topic = broker.newTopic("prompts", 1);
    Path file = directory.resolve("prompts.jsonl");
    Files.write(
        file,
        List.of(
            "\uFEFF{\"request_id\":\"r-1\",\"inputs\":[\"一\"],\"big\":1.10}",
            "",
            "{\"model_id\":\"other\", \"inputs\":[\"{\\\"model_id\\\":1}\"]}\r",
            "{}",
            "\"a JSON \\u6587 string\"",
            "\"Well,\" she said",
            "plain 文字"));
    CommandRun published =
        CommandRun.of(
            "publish",
            "--bootstrap",
            broker.bootstrapServers(),
            "--topic",
            topic,
            "--model",
            "m",
            "--file",
            file.toString());
    assertThat(published.code()).as(published.err()).isZero();
    assertThat(published.lines()).hasSize(6).startsWith("r-1");
    assertThat(consume(broker, topic, 6).lines())
        .containsExactly(
            "{\"model_id\":\"m\",\"request_id\":\"r-1\",\"inputs\":[\"一\"],\"big\":1.10}",
            "{\"model_id\":\"other\", \"inputs\":[\"{\\\"model_id\\\":1}\"]}",
            "{\"model_id\":\"m\"}",
            "{\"model_id\":\"m\",\"inputs\":[\"a JSON 文 string\"]}",
            "{\"model_id\":\"m\",\"inputs\":[\"\\\"Well,\\\" she said\"]}",
            "{\"model_id\":\"m\",\"inputs\":[\"plain 文字\"]}");
  }

  @Test
  void aBrokenLineStopsPublishingAndIsNamed(SharedBroker broker) throws Exception {
    String topic = broker.newTopic("prompts", 1);
    Path file = directory.resolve("prompts.jsonl");
    Files.writeString(file, "first\n{\"inputs\": [\nthird\n");
    CommandRun run =
        CommandRun.of(
            "publish",
            "--bootstrap",
            broker.bootstrapServers(),
            "--topic",
            topic,
            "--model",
            "m",
            "--file",
            file.toString());
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.lines()).hasSize(1);
    assertThat(run.err()).contains("line 2 of " + file + ": this is not JSON");
    assertThat(consume(broker, topic, 1).lines()).hasSize(1);
  }

  @Test
  void everyKindOfValueIsALineOfJson(SharedBroker broker) throws Exception {
    String topic = broker.newTopic("results", 1);
    InferenceResult result =
        InferenceResult.newBuilder()
            .setRequestId("r-1")
            .setModelId("bge")
            .setStatus(Status.OK)
            .addOutputs(Output.newBuilder().addEmbedding(0.5f).addEmbedding(-1f))
            .build();
    send(broker, topic, "{\"a\":\n 1.10}".getBytes(UTF_8), "application/json");
    send(broker, topic, result.toByteArray(), "application/x-protobuf");
    send(broker, topic, "no JSON 🍲".getBytes(UTF_8), "application/json");
    send(broker, topic, new byte[] {(byte) 0xff, 0, 1}, "application/x-protobuf");
    send(broker, topic, null, "text/plain");

    List<String> lines = consume(broker, topic, 5).lines();
    assertThat(lines.get(0)).isEqualTo("{\"a\":1.10}");
    JsonNode read = JSON.readTree(lines.get(1));
    assertThat(read.path("request_id").asText()).isEqualTo("r-1");
    assertThat(read.path("outputs").path(0).path("embedding").path(1).asDouble()).isEqualTo(-1);
    assertThat(lines.subList(2, 5))
        .containsExactly(
            "{\"key\":\"k\",\"headers\":{\"content-type\":\"application/json\"},\"value\":\"no JSON"
                + " 🍲\"}",
            "{\"key\":\"k\",\"headers\":{\"content-type\":\"application/x-protobuf\"},\"value_base64\":\"/wAB\"}",
            "{\"key\":\"k\",\"headers\":{\"content-type\":\"text/plain\"},\"value\":null}");
  }

  @Test
  void onlyCommittedRecordsArePrintedAndSilenceEndsIt(SharedBroker broker) throws Exception {
    String topic = broker.newTopic("results", 1);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "transactional.id", topic),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, "{\"n\":1}".getBytes(UTF_8))).get();
      producer.commitTransaction();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, "{\"n\":2}".getBytes(UTF_8))).get();
      producer.abortTransaction();

      CommandRun run =
          CommandRun.of(
              "consume",
              "--bootstrap",
              broker.bootstrapServers(),
              "--topic",
              topic,
              "--timeout",
              "1s");
      assertThat(run.code()).isZero();
      assertThat(run.lines()).containsExactly("{\"n\":1}");
      assertThat(run.err()).contains("1 record(s) of " + topic);
    }
  }

  @Test
  void anInterruptionEndsConsumingCleanly(SharedBroker broker) throws Exception {
    String topic = broker.newTopic("results", 1);
    Interruption interruption = new Interruption();
    CompletableFuture<CommandRun> running =
        CompletableFuture.supplyAsync(
            () ->
                CommandRun.of(
                    interruption,
                    "consume",
                    "--bootstrap",
                    broker.bootstrapServers(),
                    "--topic",
                    topic));
    interruption.request();
    CommandRun run = running.get(60, TimeUnit.SECONDS);
    assertThat(run.err()).doesNotContain("\tat ");
  }

  @Test
  void aMissingTopicAndAMissingBrokerAreOneLine(SharedBroker broker) {
    CommandRun noTopic =
        CommandRun.of(
            "consume",
            "--bootstrap",
            broker.bootstrapServers(),
            "--topic",
            "none",
            "--timeout",
            "300ms");
    assertThat(noTopic.code()).isEqualTo(1);
    assertThat(noTopic.err()).contains("there is no topic none at " + broker.bootstrapServers());

    CommandRun noBroker =
        CommandRun.of(
            "publish",
            "--bootstrap",
            "127.0.0.1:1",
            "--property",
            "max.block.ms=300",
            "--model",
            "m",
            "text");
    assertThat(noBroker.code()).isEqualTo(1);
    assertThat(noBroker.err()).contains("no broker answers at 127.0.0.1:1: nothing listens there");
    assertThat(noBroker.err().lines()).hasSize(1);
  }

  @Test
  void manyPromptsAreAllPublished(SharedBroker broker) throws Exception {
    String topic = broker.newTopic("prompts", 3);
    Path file = directory.resolve("many.txt");
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 25_000; i++) {
      lines.append("text ").append(i).append('\n');
    }
    Files.writeString(file, lines);
    CommandRun run =
        CommandRun.of(
            "publish",
            "--bootstrap",
            broker.bootstrapServers(),
            "--topic",
            topic,
            "--model",
            "m",
            "--file",
            file.toString());
    assertThat(run.code()).isZero();
    assertThat(run.err()).contains("published 10000").contains("published 25000 to " + topic);
    assertThat(new HashSet<>(run.lines())).hasSize(25_000);
    assertThat(new HashSet<>(consume(broker, topic, 25_000).lines())).hasSize(25_000);
  }

  private static CommandRun consume(SharedBroker broker, String topic, int count) {
    return CommandRun.of(
        "consume",
        "--bootstrap",
        broker.bootstrapServers(),
        "--topic",
        topic,
        "--max",
        Integer.toString(count),
        "--timeout",
        "30s");
  }

  private static void send(SharedBroker broker, String topic, byte[] value, String contentType)
      throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(topic, "k".getBytes(UTF_8), value);
      record.headers().add(new RecordHeader("content-type", contentType.getBytes(UTF_8)));
      producer.send(record).get();
    }
  }
}
