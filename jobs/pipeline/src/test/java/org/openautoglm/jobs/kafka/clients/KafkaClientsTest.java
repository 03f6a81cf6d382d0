package org.openautoglm.jobs.kafka.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.InstantiationUtil;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.configuration.KafkaConfiguration;
import org.openautoglm.jobs.topology.InferenceJob;

class KafkaClientsTest {

  @Test
  void everyClientHasTheCommonPropertiesAndOverThemItsOwn() throws Exception {
    KafkaConfiguration kafka =
        parse(
            """
            properties: {security.protocol: SSL, client.id: everybody}
            consumer: {client.id: reader, max.poll.records: 7}
            producer: {client.id: writer, linger.ms: 3}
            """);

    assertThat(KafkaClients.admin(kafka))
        .containsEntry("bootstrap.servers", "broker:1")
        .containsEntry("security.protocol", "SSL")
        .containsEntry("client.id", "everybody")
        .doesNotContainKeys("max.poll.records", "linger.ms");
    assertThat(KafkaClients.consumer(kafka))
        .containsEntry("bootstrap.servers", "broker:1")
        .containsEntry("security.protocol", "SSL")
        .containsEntry("client.id", "reader")
        .containsEntry("max.poll.records", "7")
        .containsEntry("isolation.level", "read_committed");
    assertThat(KafkaClients.producer(kafka))
        .containsEntry("bootstrap.servers", "broker:1")
        .containsEntry("security.protocol", "SSL")
        .containsEntry("client.id", "writer")
        .containsEntry("linger.ms", "3");
  }

  @Test
  void secretsStayInTheirFilesUntilAClientIsMade(@TempDir Path secrets) throws Exception {
    Files.writeString(secrets.resolve("kafka.properties"), "key=first\n");
    Files.writeString(secrets.resolve("store"), "second");
    Properties properties =
        KafkaClients.admin(
            parse(
                """
                properties:
                  ssl.key.password: ${file:%1$s/kafka.properties:key}
                  ssl.keystore.password: ${directory:%1$s:store}
                """
                    .formatted(secrets)));

    assertThat(properties.toString()).doesNotContain("first").doesNotContain("second");
    assertThat(passwords(properties)).containsExactly("first", "second");

    Files.writeString(secrets.resolve("kafka.properties"), "key=renewed\n");
    assertThat(passwords(properties)).containsExactly("renewed", "second");
  }

  @Test
  void providersThatTheFileSetsUpStay() throws Exception {
    Properties properties =
        KafkaClients.admin(
            parse(
                """
                properties:
                  config.providers: vault
                  config.providers.vault.class: org.example.Vault
                  ssl.key.password: ${file:/kafka.properties:key}
                """));

    assertThat(properties)
        .containsEntry("config.providers", "vault,file")
        .containsEntry("config.providers.vault.class", "org.example.Vault")
        .containsKey("config.providers.file.class");
  }

  @Test
  void theJobsGraphHoldsTheFilesNameAndNotTheSecret(@TempDir Path secrets) throws Exception {
    Files.writeString(secrets.resolve("password"), "hunter2");
    String graph =
        graph(
            "properties: {security.protocol: SSL, ssl.key.password: '${directory:%s:password}'}"
                .formatted(secrets));

    assertThat(graph).contains("${directory:" + secrets + ":password}").doesNotContain("hunter2");
    // What is given in clear does travel, as the README says; so the search above can fail.
    assertThat(graph("properties: {ssl.key.password: hunter2}")).contains("hunter2");
  }

  private static String graph(String kafka) throws Exception {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
    InferenceJob.define(env, job(kafka));
    byte[] graph = InstantiationUtil.serializeObject(env.getStreamGraph().getJobGraph());
    return new String(graph, StandardCharsets.ISO_8859_1);
  }

  private static String[] passwords(Properties properties) {
    AdminClientConfig read = new AdminClientConfig(properties);
    return new String[] {
      ((Password) read.values().get("ssl.key.password")).value(),
      ((Password) read.values().get("ssl.keystore.password")).value()
    };
  }

  private static KafkaConfiguration parse(String kafka) throws Exception {
    return job(kafka).kafka();
  }

  private static JobConfiguration job(String kafka) throws Exception {
    String yaml =
        "models: [{model_name: a, task_type: embedding, path: b}]\nkafka:\n"
            + ("bootstrap_servers: broker:1\n" + kafka).indent(2);
    return ConfigurationFile.parse(yaml, Map.of());
  }
}
