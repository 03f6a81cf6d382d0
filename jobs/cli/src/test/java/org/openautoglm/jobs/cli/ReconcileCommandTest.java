package org.openautoglm.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openautoglm.jobs.local.SharedBroker;
import org.openautoglm.jobs.reconcile.WrittenTopics;
import org.openautoglm.schemas.coordinates.RecordPlace;

@ExtendWith(SharedBroker.class)
class ReconcileCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PROMPT = "{\"model_id\":\"m\",\"inputs\":[\"a\"]}";

  private final SharedBroker broker;
  private final WrittenTopics topics;

  ReconcileCommandTest(SharedBroker broker) {
    this.broker = broker;
    topics = new WrittenTopics(broker);
  }

  @AfterEach
  void close() {
    topics.close();
  }

  @Test
  void aJobThatKeepsTheLawIsSaidToKeepIt() throws Exception {
    for (int i = 0; i < 10; i++) {
      topics.answer(topics.prompt(i % 2, PROMPT), "same id");
    }
    topics.deadLetter(topics.prompt(0, "{"));
    topics.audit(topics.prompt(1, PROMPT), "x", "SKIPPED");
    topics.prompt(1, PROMPT);
    topics.read(6, 6);
    CommandRun run = CommandRun.of(topics.options());
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.out()).contains("the law holds");
    JsonNode json = json(topics.options("--json"), 0);
    assertThat(json.required("holds").asBoolean()).isTrue();
    assertThat(json.required("records")).isEmpty();
    assertThat(json.at("/partitions/1/right").asInt()).isEqualTo(6);
    assertThat(json.at("/partitions/1/not_read").asInt()).isEqualTo(1);
  }

  @Test
  void everyBreachIsFoundAndNamed() throws Exception {
    RecordPlace lost =
        topics.prompt(0, "{\"request_id\":\"r-1\",\"model_id\":\"m\",\"inputs\":[]}");
    RecordPlace twice = topics.prompt(0, PROMPT);
    RecordPlace unaudited = topics.prompt(0, PROMPT);
    RecordPlace unanswered = topics.prompt(0, PROMPT);
    RecordPlace letter = topics.prompt(1, "{");
    topics.answer(twice, "t");
    topics.answer(twice, "t");
    topics.result(unaudited, "u");
    topics.audit(unanswered, "v", "PARTIAL");
    topics.deadLetter(letter);
    topics.result(letter, "w");
    topics.read(4, 1);
    CommandRun run = CommandRun.of(topics.options());
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out())
        .contains("the law is broken for 5 record(s)")
        .containsPattern(lost + " +\\S+ +r-1 +m +no outcome");
    JsonNode json = json(topics.options("--json", "--partition", "0"), 1);
    assertThat(json.required("wrong").asInt()).isEqualTo(4);
    assertThat(breaches(json))
        .containsExactly(
            lost.offset() + " no_outcome",
            twice.offset() + " two_outcomes two_audits",
            unaudited.offset() + " outcome_without_audit",
            unanswered.offset() + " audit_without_outcome");

    JsonNode lenient =
        json(topics.options("--json", "--from", "1", "--to", "2", "--at-least-once"), 0);
    assertThat(lenient.at("/partitions/0/records").asInt()).isEqualTo(1);
    assertThat(lenient.at("/breaches/two_outcomes").asInt()).isEqualTo(1);
  }

  @Test
  void whatIsMissingIsPublishedAgainOnceWithItsIdKeyHeadersAndTimestamp() throws Exception {
    topics.answer(topics.prompt(0, PROMPT), "a");
    RecordPlace bare = topics.prompt(0, PROMPT);
    // Not so long ago that the topic's retention takes it.
    long publishedMs = System.currentTimeMillis() - 3_600_000;
    ProducerRecord<byte[], byte[]> keyed =
        new ProducerRecord<>(
            topics.name("prompts"), 1, publishedMs, new byte[] {-1}, PROMPT.getBytes(UTF_8));
    keyed.headers().add("traceparent", new byte[] {0, 1}).add("none", null);
    RecordPlace odd = topics.send(keyed);
    topics.read(2, 1);

    JsonNode json = json(topics.options("--json", "--republish"), 0);
    assertThat(json.required("republished").asInt()).isEqualTo(2);
    List<ConsumerRecord<byte[], byte[]>> again = new ArrayList<>();
    try (CommittedRecords records =
        new CommittedRecords(
            BrokerOptions.at(broker.bootstrapServers()).with(CommittedRecords.properties()),
            topics.name("prompts"),
            false)) {
      while (again.size() < 5) {
        records.poll().forEach(again::add);
      }
    }
    again.removeIf(record -> record.headers().lastHeader("autoglm-republished-of") == null);
    assertThat(again).hasSize(2);
    for (ConsumerRecord<byte[], byte[]> record : again) {
      RecordPlace first = record.partition() == 0 ? bare : odd;
      Header header = record.headers().lastHeader("autoglm-republished-of");
      assertThat(header.value()).isEqualTo(first.toString().getBytes(UTF_8));
      assertThat(record.value()).isEqualTo(PROMPT.getBytes(UTF_8));
      if (first.equals(odd)) {
        assertThat(record.key()).isEqualTo(keyed.key());
        assertThat(record.timestamp()).isEqualTo(publishedMs);
        assertThat(record.headers().lastHeader("traceparent").value()).isEqualTo(new byte[] {0, 1});
        assertThat(record.headers().lastHeader("none").value()).isNull();
      }
    }

    JsonNode repeated = json(topics.options("--json", "--republish"), 0);
    assertThat(repeated.required("republished").asInt()).isZero();
    for (ConsumerRecord<byte[], byte[]> record : again) {
      topics.answer(new RecordPlace(record.topic(), record.partition(), record.offset()), "r");
    }
    topics.read(10, 10);
    JsonNode after = json(topics.options("--json"), 0);
    assertThat(after.at("/partitions/0/right").asInt()).isEqualTo(2);
    assertThat(after.at("/partitions/1/right").asInt()).isEqualTo(1);
    // A range that begins behind the first ones judges what stands for them.
    assertThat(json(topics.options("--json", "--from", "2"), 0).at("/partitions/0/right").asInt())
        .isEqualTo(1);
    // And now the first is answered as well.
    topics.answer(bare, bare.toString());
    assertThat(breaches(json(topics.options("--json"), 1)))
        .containsExactly(bare.offset() + " two_outcomes two_audits");
  }

  @Test
  void aRepublishedRecordThatIsLostAgainIsPublishedOnceMore() throws Exception {
    topics.prompt(0, PROMPT);
    topics.read(1, 0);
    assertThat(json(topics.options("--json", "--republish"), 0).required("republished").asInt())
        .isEqualTo(1);
    topics.read(10, 0);
    JsonNode second = json(topics.options("--json", "--republish", "--to", "1"), 0);
    assertThat(second.required("republished").asInt()).isEqualTo(1);
    assertThat(second.at("/records/0/republished").asInt()).isEqualTo(1);
  }

  @Test
  void resultsOfEarlierVersionsAreMatchedByTheirIds() throws Exception {
    for (int i = 0; i < 6; i++) {
      topics.audit(topics.prompt(0, PROMPT), "id-" + i / 2, "OK");
      topics.earlierResult("id-" + i / 2);
    }
    topics.audit(topics.prompt(0, PROMPT), "id-4", "OK");
    topics.audit(topics.prompt(0, PROMPT), "id-5", "DEAD_LETTER");
    topics.earlierResult("id-5");
    topics.answer(topics.prompt(0, PROMPT), "new");
    topics.read(9, 0);
    JsonNode json = json(topics.options("--json"), 1);
    assertThat(breaches(json))
        .containsExactly("6 audit_without_outcome", "7 audit_without_outcome");
    assertThat(json.required("notes").toString()).contains("7 results do not name their record");
    // Those of records out of the range are not taken for others'.
    assertThat(breaches(json(topics.options("--json", "--from", "1", "--to", "7"), 1)))
        .containsExactly("6 audit_without_outcome");
  }

  @Test
  void whatRetentionTookIsNotCheckable() throws Exception {
    topics.answer(topics.prompt(0, PROMPT), "a");
    topics.answer(topics.prompt(0, PROMPT), "b");
    topics.read(2, 0);
    topics.deleteAll("results");
    topics.deleteAll("audit");
    JsonNode json = json(topics.options("--json"), 0);
    assertThat(json.at("/partitions/0/not_checkable").asInt()).isEqualTo(2);
    assertThat(json.required("notes").toString()).contains("lost what was before offset");
    assertThat(json(topics.options("--json", "--republish"), 0).required("republished").asInt())
        .isZero();

    topics.deleteAll("prompts");
    assertThat(json(topics.options("--json"), 0).at("/partitions/0/deleted").asInt()).isZero();
    JsonNode asked = json(topics.options("--json", "--from", "0"), 0);
    assertThat(asked.at("/partitions/0/deleted").asInt()).isEqualTo(2);
  }

  @Test
  void whatAJobMayHaveInHandIsNotPublishedAgain() throws Exception {
    topics.prompt(0, PROMPT);
    topics.read(1, 0);
    try (KafkaProducer<byte[], byte[]> job =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                "transactional.id",
                topics.name("prompts") + "-answers-0-1"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      job.initTransactions();
      job.beginTransaction();
      job.send(new ProducerRecord<>(topics.name("results"), 0, null, new byte[0])).get();
      CommandRun run = CommandRun.of(topics.options("--republish"));
      assertThat(run.code()).isEqualTo(1);
      assertThat(run.err()).contains("-answers-0-1 is open", "--while-running");
      assertThat(CommandRun.of(topics.options()).err())
          .contains("the job seems to run", "stand behind a transaction that is open");
      assertThat(CommandRun.of(topics.options("--republish", "--while-running")).code()).isZero();
      job.abortTransaction();
    }
  }

  @Test
  void saysWhatItNeeds() {
    assertThat(CommandRun.of("reconcile", "--from", "yesterday").err())
        .contains("--from: yesterday is neither an offset");
    assertThat(CommandRun.of("reconcile", "--from", "1", "--since", "2h").code()).isEqualTo(2);
    CommandRun missing =
        CommandRun.of(
            "reconcile", "--bootstrap", broker.bootstrapServers(), "--prompts", "nowhere");
    assertThat(missing.code()).isEqualTo(1);
    assertThat(missing.err()).contains("there is no topic nowhere");
  }

  private static JsonNode json(String[] options, int code) throws Exception {
    CommandRun run = CommandRun.of(options);
    assertThat(run.code()).as(run.toString()).isEqualTo(code);
    return JSON.readTree(run.out());
  }

  private static List<String> breaches(JsonNode json) {
    List<String> breaches = new ArrayList<>();
    for (JsonNode each : json.required("records")) {
      List<String> words = new ArrayList<>(List.of(each.required("offset").asText()));
      each.required("breaches").forEach(breach -> words.add(breach.asText()));
      breaches.add(String.join(" ", words));
    }
    return breaches;
  }
}
