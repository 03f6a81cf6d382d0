package org.openautoglm.jobs.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kafka gets the text that stands in the file, and no message holds it. */
class KafkaPropertiesTextTest {
  private static final String MODELS =
      """
      models:
        - {model_name: a, task_type: embedding, path: b}
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0123456",
        "1e5",
        "0x10",
        "0o17",
        "1.10",
        "+1",
        "-0",
        ".5",
        "yes",
        "True",
        "null",
        "~",
        "2026-01-01",
        "1_000",
        ".inf",
        "12345678901234567890123"
      })
  void keepsTheTextThatYamlWouldReadAsSomethingElse(String text) throws Exception {
    assertThat(valueOf("ssl.key.password: " + text, Map.of())).isEqualTo(text);
    assertThat(valueOf("ssl.key.password: '" + text + "'", Map.of())).isEqualTo(text);
    assertThat(valueOf("ssl.key.password: ${SECRET}", Map.of("SECRET", text))).isEqualTo(text);
    assertThat(valueOf("ssl.key.password: ${NONE:-" + text + "}", Map.of())).isEqualTo(text);
  }

  @Test
  void keepsLinesOfBlocks() throws Exception {
    String yaml = "ssl.truststore.certificates: |\n      -----BEGIN\n      abc=\n      -----END";

    assertThat(valueOf(yaml, Map.of())).isEqualTo("-----BEGIN\nabc=\n-----END\n");
  }

  @Test
  void doesNotLookIntoWhatAVariableHolds() throws Exception {
    assertThat(valueOf("ssl.key.password: ${SECRET}", Map.of("SECRET", "a${b}$${c}\\$1")))
        .isEqualTo("a${b}$${c}\\$1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "${file:/run/secrets/kafka.properties:password}",
        "x ${directory:/run/secrets:password} y",
        "${env:PASSWORD}"
      })
  void leavesKafkasOwnReferencesToKafka(String reference) throws Exception {
    assertThat(valueOf("ssl.key.password: \"" + reference + "\"", Map.of())).isEqualTo(reference);
  }

  @Test
  void takesTheTwoCharactersWhereTheyAreEscaped() throws Exception {
    assertThat(valueOf("ssl.key.password: a$${b", Map.of())).isEqualTo("a${b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{sasl.jaas.config: \"hunter2 ${\"}",
        "{sasl.jaas.config: \"hunter2 ${A B}\"}",
        "{sasl.jaas.config: [hunter2]}",
        "hunter2",
        "{sasl.jaas.config: {hunter2: hunter2}}",
        "{sasl.jaas.config: !!hunter hunter2}"
      })
  void noMessageHoldsAValue(String properties) {
    ConfigurationException thrown =
        catchThrowableOfType(
            ConfigurationException.class,
            () ->
                ConfigurationFile.parse(
                    "kafka: {properties: %s}\n".formatted(properties) + MODELS, Map.of()));

    assertThat(thrown).hasMessageContaining("kafka.properties");
    assertThat(thrown.getMessage()).doesNotContain("hunter2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Kafka reads it where the client is made.
        "security.protocol: '${file:/run/secrets/kafka.properties:protocol}'",
        // A plugin's own, and classes that only the cluster has.
        "{interceptor.classes: com.example.Audit, com.example.audit.topic: x}",
        "{sasl.login.callback.handler.class: com.example.Login, com.example.region: x}",
        "{metric.reporters: com.example.Reporter, metrics.context.tenant: x}",
        "{security.protocol: SASL_SSL, sasl.mechanism: AWS_MSK_IAM, sasl.custom.thing: x}",
        // Of admin clients and consumers.
        "default.api.timeout.ms: 60000"
      })
  void takesWhatIsNotForKafkaToSay(String properties) throws Exception {
    String yaml =
        properties.startsWith("{")
            ? "kafka: {properties: " + properties + "}\n"
            : "kafka: {properties: {" + properties + "}}\n";

    assertThat(ConfigurationFile.parse(yaml + MODELS, Map.of()).kafka().properties()).isNotEmpty();
  }

  @Test
  void aConfigurationAsTextHoldsNoValue() throws Exception {
    JobConfiguration job =
        ConfigurationFile.parse(
            "kafka: {properties: {ssl.key.password: hunter2}, consumer: {client.id: hunter2},"
                + " producer: {client.id: hunter2}}\n"
                + MODELS,
            Map.of());

    assertThat(job.toString()).contains("ssl.key.password").doesNotContain("hunter2");
  }

  @Test
  void securityGoesWithTheAddressThatItIsFor() throws Exception {
    JobConfiguration job =
        ConfigurationFile.parse(
            """
            kafka:
              properties: {security.protocol: SASL_SSL, sasl.jaas.config: x, client.id: job}
              producer: {sasl.jaas.config: y, linger.ms: 5}
            """
                + MODELS,
            Map.of());

    assertThat(job.kafka().security())
        .containsExactly(
            "kafka.producer[sasl.jaas.config]",
            "kafka.properties[sasl.jaas.config]",
            "kafka.properties[security.protocol]");
    KafkaConfiguration open = job.withOpenBroker("127.0.0.1:1").kafka();
    assertThat(open.security()).isEmpty();
    assertThat(open.bootstrapServers()).isEqualTo("127.0.0.1:1");
    assertThat(open.properties()).isEqualTo(Map.of("client.id", "job"));
    assertThat(open.producer()).isEqualTo(Map.of("linger.ms", "5"));
  }

  private static String valueOf(String line, Map<String, String> environment) throws Exception {
    String yaml = "kafka:\n  properties:\n    " + line + "\n" + MODELS;
    return ConfigurationFile.parse(yaml, environment)
        .kafka()
        .properties()
        .values()
        .iterator()
        .next();
  }
}
