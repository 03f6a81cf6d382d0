package org.openautoglm.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.SecurityUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.preflight.Preflight;
import org.openautoglm.jobs.kafka.preflight.PreflightException;
import org.openautoglm.jobs.law.FingerprintModel;
import org.openautoglm.jobs.local.JobDefinition;
import org.openautoglm.jobs.local.LocalCluster;
import org.openautoglm.jobs.local.SecuredBroker;
import org.openautoglm.jobs.topology.InferenceJob;

/** A broker with TLS, credentials and access control, used as the RUNBOOK says. */
@Timeout(180)
class SecuredBrokerITCase {
  private static final List<String> OUTPUTS =
      List.of("autoglm.results", "autoglm.audit", "autoglm.dead-letters");
  private static final JobDefinition FINGERPRINTS =
      (env, job) ->
          InferenceJob.define(env, job, new FingerprintModel(), new FingerprintModel.Classifier());

  @TempDir static Path directory;
  private static SecuredBroker broker;

  @BeforeAll
  static void start() throws Exception {
    broker = SecuredBroker.start(directory);
    broker.createTopics(List.of("autoglm.prompts"), 2);
    broker.createTopics(OUTPUTS, 2);
    for (String user : List.of("autoglm", "publisher", "reader", "operator")) {
      broker.addUser(user, user + "-password");
    }
    for (String line : accessOfTheRunbook()) {
      grant(line);
    }
    broker.addUser("nobody", "nobody-password");
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Test
  void promptsAreAnsweredWithTheLeastThatTheUsersNeed() throws Exception {
    JobConfiguration job = job("autoglm", "autoglm-password");
    Preflight.usual().require(job);
    try (LocalCluster cluster = LocalCluster.start(directory.resolve("flink"), 0, 1)) {
      cluster.submit(FINGERPRINTS, job);
      CommandRun published =
          run(
              "publish",
              "publisher",
              "publisher-password",
              "--model",
              "fingerprint",
              "one",
              "two",
              "three");
      assertThat(published.code()).as(published.err()).isZero();
      CommandRun consumed =
          run("consume", "reader", "reader-password", "--max", "3", "--timeout", "60s");
      assertThat(cluster.failures()).isEmpty();
      assertThat(consumed.code()).as(consumed.err()).isZero();
      assertThat(consumed.lines()).hasSize(3);

      BigInteger before = broker.serialNumber();
      broker.renewCertificate();
      await().until(broker::serialNumber, serial -> !serial.equals(before));
      assertThat(
              run("publish", "publisher", "publisher-password", "--model", "fingerprint", "four")
                  .code())
          .isZero();
      assertThat(
              run("consume", "reader", "reader-password", "--max", "4", "--timeout", "60s").lines())
          .hasSize(4);
      assertThat(cluster.failures()).isEmpty();

      CommandRun reconciled = run("reconcile", "operator", "operator-password", "--wait", "30s");
      assertThat(reconciled.code()).as(reconciled.err() + reconciled.out()).isZero();
    }
  }

  @Test
  void everyOperationThatIsMissingIsNamedAtTheStart() throws Exception {
    broker.addUser("limited", "limited-password");
    broker.allow(
        "limited",
        ResourceType.TOPIC,
        "autoglm.prompts",
        PatternType.LITERAL,
        AclOperation.DESCRIBE);
    for (String topic : OUTPUTS) {
      broker.allow(
          "limited",
          ResourceType.TOPIC,
          topic,
          PatternType.LITERAL,
          AclOperation.DESCRIBE,
          AclOperation.DESCRIBE_CONFIGS);
    }

    assertThat(problems(job("limited", "limited-password")))
        .anySatisfy(
            problem ->
                assertThat(problem)
                    .contains(
                        "kafka.topics.prompts",
                        "Read",
                        "kafka-acls.sh --add --allow-principal User:… --operation Read --topic autoglm.prompts"))
        .anySatisfy(
            problem ->
                assertThat(problem)
                    .contains("kafka.topics.results", "--operation Write --topic autoglm.results"))
        .anySatisfy(
            problem ->
                assertThat(problem)
                    .contains("kafka.topics.audit", "--operation Read --topic autoglm.audit"))
        .anySatisfy(
            problem ->
                assertThat(problem).contains("kafka.group_id", "--operation Read --group autoglm"))
        .anySatisfy(
            problem ->
                assertThat(problem)
                    .contains(
                        "kafka.transactional_id_prefix",
                        "--operation Write --transactional-id autoglm --resource-pattern-type prefixed"))
        .hasSize(9);
    assertThat(problems(job("nobody", "nobody-password")))
        .anySatisfy(problem -> assertThat(problem).contains("autoglm.prompts", "grant Describe"));
  }

  @Test
  void whoDoesNotGetInIsToldWhy() throws Exception {
    JobConfiguration job = job("autoglm", "autoglm-password");
    Map<String, String> right = job.kafka().properties();

    assertThat(problems(job("autoglm", "wrong-secret")))
        .singleElement()
        .asString()
        .contains(broker.bootstrapServers(), "does not take the credentials", "SCRAM-SHA-512")
        .doesNotContain("wrong-secret");
    assertThat(problems(withProperties(Map.of())))
        .singleElement()
        .asString()
        .contains("speaks TLS, and security.protocol is PLAINTEXT");
    assertThat(
            problems(
                withProperties(without(right, "ssl.truststore.location", "ssl.truststore.type"))))
        .singleElement()
        .asString()
        .contains("its certificate is not trusted here", "ssl.truststore.location");
    assertThat(
            problems(
                withProperties(
                    with(
                        right,
                        "sasl.mechanism",
                        "PLAIN",
                        "sasl.jaas.config",
                        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"autoglm\" password=\"autoglm-password\";"))))
        .singleElement()
        .asString()
        .contains("does not take the credentials", "PLAIN")
        .doesNotContain("autoglm-password");
    assertThat(problems(withProperties(with(right, "ssl.truststore.location", "/nowhere.pem"))))
        .singleElement()
        .asString()
        .contains("/nowhere.pem");
  }

  @Test
  void commandsSayWhyTheyDoNotGetIn() throws Exception {
    String at = broker.bootstrapServers();
    assertThat(CommandRun.of("consume", "--bootstrap", at, "--max", "1"))
        .satisfies(run -> assertThat(run.code()).isEqualTo(1))
        .extracting(CommandRun::err)
        .asString()
        .contains("speaks TLS, and security.protocol is PLAINTEXT")
        .doesNotContain("no broker answers");
    assertThat(run("consume", "reader", "wrong-secret", "--max", "1").err())
        .contains("does not take the credentials")
        .doesNotContain("wrong-secret");
    assertThat(run("consume", "nobody", "nobody-password", "--max", "1").err())
        .contains("does not allow this: topic autoglm.results");
    assertThat(run("publish", "reader", "reader-password", "--model", "m", "text").err())
        .contains("does not allow this: topic autoglm.prompts");
    assertThat(
            run(
                    "publish",
                    "publisher",
                    "publisher-password",
                    "--topic",
                    "autoglm.audit",
                    "--model",
                    "m",
                    "text")
                .err())
        .contains("does not allow this: topic autoglm.audit");
    assertThat(run("reconcile", "operator", "wrong-secret").err())
        .contains("does not take the credentials")
        .doesNotContain("wrong-secret");
    assertThat(run("reconcile", "publisher", "publisher-password").err())
        .contains("does not allow this: ");
    assertThat(
            CommandRun.of("consume", "--bootstrap", at, "--command-config", "/nowhere.properties")
                .err())
        .contains("/nowhere.properties does not exist");
  }

  private static List<String> problems(JobConfiguration job) {
    PreflightException thrown =
        catchThrowableOfType(PreflightException.class, () -> Preflight.usual().require(job));
    assertThat(thrown).as("it may start").isNotNull();
    return thrown.problems();
  }

  private static Map<String, String> without(Map<String, String> properties, String... names) {
    Map<String, String> fewer = new HashMap<>(properties);
    fewer.keySet().removeAll(List.of(names));
    return fewer;
  }

  private static Map<String, String> with(Map<String, String> properties, String... pairs) {
    Map<String, String> more = new HashMap<>(properties);
    for (int i = 0; i < pairs.length; i += 2) {
      more.put(pairs[i], pairs[i + 1]);
    }
    return more;
  }

  private static JobConfiguration withProperties(Map<String, String> properties) throws Exception {
    StringBuilder lines = new StringBuilder();
    properties.forEach((name, value) -> lines.append("    %s: '%s'\n".formatted(name, value)));
    return ConfigurationFile.parse(
        "kafka:\n  bootstrap_servers: "
            + broker.bootstrapServers()
            + "\n"
            + (properties.isEmpty() ? "" : "  properties:\n" + lines)
            + "models: [{model_name: fingerprint, task_type: embedding, path: unused}]\n",
        Map.of());
  }

  private static List<String> accessOfTheRunbook() throws IOException {
    String runbook = Files.readString(Path.of("../deploy/RUNBOOK.md"));
    return runbook
        .substring(runbook.indexOf("<!-- access -->"), runbook.indexOf("<!-- end of access -->"))
        .lines()
        .filter(line -> line.startsWith("kafka-acls.sh --add "))
        .toList();
  }

  /** Does what a line of the RUNBOOK does. */
  private static void grant(String line) throws Exception {
    List<String> words = List.of(line.split(" "));
    List<AclOperation> operations = new ArrayList<>();
    ResourceType type = null;
    String name = null;
    for (int i = 2; i < words.size(); i += 2) {
      String value = words.get(i + 1);
      switch (words.get(i)) {
        case "--allow-principal" -> assertThat(value).startsWith("User:");
        case "--resource-pattern-type" -> assertThat(value).isEqualTo("prefixed");
        case "--operation" -> operations.add(SecurityUtils.operation(value));
        default -> {
          type =
              SecurityUtils.resourceType(
                  words.get(i).substring(2).equals("transactional-id")
                      ? "TransactionalId"
                      : words.get(i).equals("--topic") ? "Topic" : "Group");
          name = value;
        }
      }
    }
    broker.allow(
        words.get(words.indexOf("--allow-principal") + 1).substring("User:".length()),
        type,
        name,
        words.contains("prefixed") ? PatternType.PREFIXED : PatternType.LITERAL,
        operations.toArray(AclOperation[]::new));
  }

  private static CommandRun run(String command, String user, String password, String... further)
      throws Exception {
    return CommandRun.of(
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(
                    command,
                    "--bootstrap",
                    broker.bootstrapServers(),
                    "--command-config",
                    commandConfig(user, password).toString()),
                java.util.stream.Stream.of(further))
            .toArray(String[]::new));
  }

  private static Path commandConfig(String user, String password) throws IOException {
    Properties properties = new Properties();
    properties.putAll(broker.client(user, password));
    properties.remove("bootstrap.servers");
    Path file = Files.createTempFile(directory, user, ".properties");
    try (var out = Files.newBufferedWriter(file)) {
      properties.store(out, null);
    }
    return file;
  }

  private static JobConfiguration job(String user, String password) throws Exception {
    Path secrets =
        Files.createDirectories(directory.resolve("secrets-" + user + password.hashCode()));
    Files.writeString(secrets.resolve("password"), password);
    return ConfigurationFile.parse(
        """
        kafka:
          bootstrap_servers: %1$s
          properties:
            security.protocol: SASL_SSL
            sasl.mechanism: SCRAM-SHA-512
            sasl.jaas.config: >-
              org.apache.kafka.common.security.scram.ScramLoginModule required
              username="%2$s" password="${directory:%3$s:password}";
            ssl.truststore.type: PEM
            ssl.truststore.location: %4$s
        checkpoint_interval: 200ms
        models:
          - {model_name: fingerprint, task_type: embedding, path: unused, device: cpu}
        """
            .formatted(broker.bootstrapServers(), user, secrets, broker.authority()),
        Map.of());
  }
}
