package org.openautoglm.jobs.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.JobConfiguration.Delivery;
import org.openautoglm.jobs.configuration.JobConfiguration.Inference;
import org.openautoglm.jobs.configuration.JobConfiguration.Limits;
import org.openautoglm.jobs.configuration.KafkaConfiguration.Topics;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.BatchingSpec.Policy;
import org.openautoglm.operators.inference.DevicePreference;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.GenerationSpec;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.Quantization;
import org.openautoglm.operators.inference.RetrySpec;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.WaitingSpec;
import org.openautoglm.schemas.request.RequestLimits;

class ConfigurationFileTest {
  private static final String SMALLEST =
      """
      models:
        - model_name: 中文模型
          task_type: embedding
          path: models/bge-small-zh
      """;

  @Test
  void fillsInEveryDefault() throws Exception {
    JobConfiguration configuration = ConfigurationFile.parse(SMALLEST, Map.of());

    assertThat(configuration.name()).isEqualTo("autoglm");
    assertThat(configuration.kafka())
        .isEqualTo(
            new KafkaConfiguration(
                "localhost:9092",
                new Topics(
                    "autoglm.prompts", "autoglm.results", "autoglm.audit", "autoglm.dead-letters"),
                null,
                null,
                Duration.ofSeconds(10),
                "autoglm",
                Map.of(),
                Map.of(),
                Map.of(),
                "autoglm",
                Duration.ofMinutes(15),
                List.of()));
    assertThat(configuration.delivery()).isEqualTo(Delivery.EXACTLY_ONCE);
    assertThat(configuration.checkpointInterval()).isEqualTo(Duration.ofSeconds(1));
    assertThat(configuration.parallelism()).isEqualTo(OptionalInt.empty());
    assertThat(configuration.limits()).isEqualTo(new Limits(16 << 20, 256, 2_000_000, 1_000_000));
    assertThat(configuration.limits().toRequestLimits()).isEqualTo(RequestLimits.DEFAULT);
    assertThat(configuration.inference()).isEqualTo(new Inference(0, Duration.ofMinutes(5)));
    assertThat(configuration.models().get(0).toSpec())
        .isEqualTo(
            new ModelSpec(
                    "中文模型",
                    TaskType.EMBEDDING,
                    "models/bge-small-zh",
                    DevicePreference.AUTO,
                    1,
                    EncoderSpec.FROM_MODEL,
                    new BatchingSpec(32, 512, 0, 1024, Policy.FIRST_COME_FIRST_SERVED, 200),
                    new RetrySpec(3, 100, 5_000))
                .keptLoaded(60_000));
  }

  @Test
  void groupAndTransactionsAreCalledLikeTheJobUnlessTheySayOtherwise() throws Exception {
    KafkaConfiguration named =
        ConfigurationFile.parse("name: house.one\n" + SMALLEST, Map.of()).kafka();
    assertThat(named.groupId()).isEqualTo("house.one");
    assertThat(named.transactionalIdPrefix()).isEqualTo("house.one");

    KafkaConfiguration own =
        ConfigurationFile.parse("name: house.one\nkafka: {group_id: g}\n" + SMALLEST, Map.of())
            .kafka();
    assertThat(own.groupId()).isEqualTo("g");
    assertThat(own.transactionalIdPrefix()).isEqualTo("house.one");
  }

  @Test
  void takesWhatTheFileSays() throws Exception {
    JobConfiguration configuration =
        ConfigurationFile.parse(
            """
            name: house
            kafka:
              bootstrap_servers: "a:1, [::1]:2"
              topics: {prompts: p, results: r, audit: a, dead_letters: d}
              start_from: 1970-01-01T01:00:01+01:00
              until: latest
              partition_discovery: 3s
              group_id: g
              properties: {security.protocol: SSL, sasl.jaas.config: "a b='c';"}
              consumer: {max.poll.records: 7}
              producer: {compression.type: zstd, delivery.timeout.ms: 60000}
              transactional_id_prefix: t
              transaction_timeout: 1h
              lost_transactions: [t-answers-0-1/7/3]
            delivery: at_least_once
            checkpoint_interval: 2m
            parallelism: 0x10
            limits: {max_record_bytes: 2048, max_inputs: 2, max_input_chars: 3, max_result_bytes: 4096}
            inference: {max_batches_in_flight: 9}
            models:
              - model_name: m
                task_type: classification
                path: s3://bucket/m
                reload: 30s
                keep_loaded: 7m
                quantize: int8-blocks
                device: cuda
                shards: 3
                max_tokens: 128
                truncate: true
                batching: &shared
                  max_rows: 4
                  max_padded_tokens: 99
                  linger: 5ms
                  max_waiting_rows: 50
                  max_waiting_bytes: 70000
                  max_spilled_rows: 0
                  max_spilled_bytes: 2000000
                  overload: refuse
                  policy: load_aware
                  max_skipped: 1s
                retry: {max_attempts: 1, delay: 1ms, delay_max: 1ms}
              - {model_name: n, task_type: embedding, path: /n, quantize: true, pooling: mean, normalize: none, batching: {<<: *shared, max_rows: 5}}
            """,
            Map.of());

    assertThat(configuration.kafka())
        .isEqualTo(
            new KafkaConfiguration(
                "a:1, [::1]:2",
                new Topics("p", "r", "a", "d"),
                new ReadMoment(ReadMoment.Kind.TIME, 1_000),
                new ReadMoment(ReadMoment.Kind.LATEST, 0),
                Duration.ofSeconds(3),
                "g",
                Map.of("security.protocol", "SSL", "sasl.jaas.config", "a b='c';"),
                Map.of("max.poll.records", "7"),
                Map.of("compression.type", "zstd", "delivery.timeout.ms", "60000"),
                "t",
                Duration.ofHours(1),
                List.of("t-answers-0-1/7/3")));
    assertThat(configuration.delivery()).isEqualTo(Delivery.AT_LEAST_ONCE);
    assertThat(configuration.parallelism()).isEqualTo(OptionalInt.of(16));
    assertThat(configuration.limits()).isEqualTo(new Limits(2048, 2, 3, 4096));
    assertThat(configuration.inference().maxBatchesInFlight()).isEqualTo(9);
    WaitingSpec waiting = new WaitingSpec(70_000, 0, 2_000_000, WaitingSpec.Overload.REFUSE);
    assertThat(configuration.models().stream().map(ModelConfiguration::toSpec))
        .containsExactly(
            new ModelSpec(
                "m",
                TaskType.CLASSIFICATION,
                "s3://bucket/m",
                Quantization.INT8_BLOCKS,
                DevicePreference.CUDA,
                3,
                new EncoderSpec(
                    128,
                    true,
                    EncoderSpec.Pooling.FROM_MODEL,
                    EncoderSpec.Normalization.FROM_MODEL),
                new BatchingSpec(4, 99, 5, 50, Policy.LOAD_AWARE, 1_000).with(waiting),
                new RetrySpec(1, 1, 1),
                GenerationSpec.STANDARD,
                30_000,
                420_000,
                0),
            new ModelSpec(
                    "n",
                    TaskType.EMBEDDING,
                    "/n",
                    Quantization.INT8,
                    DevicePreference.AUTO,
                    1,
                    new EncoderSpec(
                        0, false, EncoderSpec.Pooling.MEAN, EncoderSpec.Normalization.NONE),
                    new BatchingSpec(5, 99, 5, 50, Policy.LOAD_AWARE, 1_000).with(waiting),
                    new RetrySpec(3, 100, 5_000),
                    GenerationSpec.STANDARD)
                .keptLoaded(60_000));
  }

  @Test
  void takesWhatTheFileSaysAboutGeneration() throws Exception {
    JobConfiguration configuration =
        ConfigurationFile.parse(
            """
            models:
              - model_name: chat
                task_type: text_generation
                path: models/chat
                generation: {max_new_tokens: 64, context_tokens: 512, slots: 6, kv_cache_bytes: 4294967296}
              - {model_name: other, task_type: text_generation, path: models/other}
            """,
            Map.of());
    assertThat(configuration.models().stream().map(model -> model.toSpec().generation()))
        .containsExactly(new GenerationSpec(64, 512, 6, 4_294_967_296L), GenerationSpec.STANDARD);
  }

  @Test
  void takesValuesFromTheEnvironmentAsTheirOptionNeedsThem() throws Exception {
    JobConfiguration configuration =
        ConfigurationFile.parse(
            """
            kafka:
              bootstrap_servers: ${HOST}:${PORT:-9092}
              group_id: ${NUMBER}
              transactional_id_prefix: $${NUMBER}
              consumer: {client.id: "${NESTED}", client.rack: "${EMPTY:-}"}
            parallelism: ${NUMBER}
            models:
              - model_name: ${NUMBER}
                task_type: ${UNSET:-embedding}
                path: ${EMPTY:-a}/${UNSET:-b}
                truncate: ${UNSET:-true}
            """,
            Map.of("HOST", "kafka", "NUMBER", "12", "NESTED", "${HOST}", "EMPTY", ""));

    assertThat(configuration.kafka().bootstrapServers()).isEqualTo("kafka:9092");
    assertThat(configuration.kafka().groupId()).isEqualTo("12");
    assertThat(configuration.kafka().transactionalIdPrefix()).isEqualTo("${NUMBER}");
    assertThat(configuration.kafka().consumer())
        .isEqualTo(Map.of("client.id", "${HOST}", "client.rack", ""));
    assertThat(configuration.parallelism()).isEqualTo(OptionalInt.of(12));
    ModelConfiguration model = configuration.models().get(0);
    assertThat(model.modelName()).isEqualTo("12");
    assertThat(model.path()).isEqualTo("a/b");
    assertThat(model.truncate()).isTrue();
  }

  @Test
  void saysWhyAFileCannotBeRead(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("job.yaml");
    assertThatThrownBy(() -> ConfigurationFile.load(file))
        .isInstanceOf(IOException.class)
        .hasMessage(file + " does not exist");
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe});
    assertThatThrownBy(() -> ConfigurationFile.load(file))
        .isInstanceOf(IOException.class)
        .hasMessage(file + " is not UTF-8 text");
    Files.writeString(file, SMALLEST);
    assertThat(ConfigurationFile.load(file).models()).hasSize(1);
  }

  @Test
  void theTableHasALineForEveryOption() {
    List<String> lines = ConfigurationTable.markdown().lines().toList();
    assertThat(lines)
        .contains(
            "| `checkpoint_interval` | duration, `10ms` to `1h` | `1s` | How often the job makes a"
                + " checkpoint. With `exactly_once`, answers become visible at checkpoints, so this"
                + " is the floor of their latency. |")
        .anyMatch(line -> line.startsWith("| `models[].model_name` | text | required |"))
        .anyMatch(
            line ->
                line.startsWith(
                    "| `models[].quantize` | `false`, `true`, `int8`, `int8-blocks`, `int8-rows`,"
                        + " `int4` | `false` |"))
        .anyMatch(line -> line.startsWith("| `kafka.consumer` | properties | none |"))
        .anyMatch(line -> line.startsWith("| `models[].batching.max_rows` | 1 to 65,536 | `32` |"))
        .hasSizeGreaterThan(2 + 47)
        .allMatch(line -> line.startsWith("|") && line.endsWith("|"));
  }

  @Test
  void whatABrokerWithoutAConfigurationTakesIsWhatAConfigurationWithoutKafkaHas() throws Exception {
    JobConfiguration job =
        ConfigurationFile.parse(
            "models: [{model_name: m, task_type: embedding, path: p}]", Map.of());

    assertThat(ConfigurationFile.usualKafka()).isEqualTo(job.kafka());
    assertThat(ConfigurationFile.usualKafka().topics().names())
        .containsExactly(
            "autoglm.prompts", "autoglm.results", "autoglm.audit", "autoglm.dead-letters");
  }
}
