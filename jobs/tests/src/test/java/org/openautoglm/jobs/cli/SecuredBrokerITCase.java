package org.openautoglm.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.math.BigInteger;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.preflight.Preflight;
import org.openautoglm.jobs.law.FingerprintModel;
import org.openautoglm.jobs.local.JobDefinition;
import org.openautoglm.jobs.local.LocalCluster;
import org.openautoglm.jobs.local.SecuredBroker;
import org.openautoglm.jobs.local.TlsListener;
import org.openautoglm.jobs.topology.InferenceJob;

/** A broker with TLS, credentials and access control, used as the RUNBOOK says. */
@Timeout(180)
@SuppressWarnings("try") // What a crash left is held, not used.
class SecuredBrokerITCase {
  private static final List<String> OUTPUTS =
      List.of("autoglm.results", "autoglm.audit", "autoglm.dead-letters");
  private static final JobDefinition FINGERPRINTS =
      (env, job) ->
          InferenceJob.define(env, job, new FingerprintModel(), new FingerprintModel.Classifier());

  @TempDir static Path directory;
  private static SecuredBroker broker;
  private static RunbookAccess access;

  @BeforeAll
  static void start() throws Exception {
    broker = SecuredBroker.start(directory);
    access = new RunbookAccess(broker, directory);
    broker.createTopics(List.of("autoglm.prompts"), 2);
    broker.createTopics(OUTPUTS, 2);
    for (String user : List.of("autoglm", "publisher", "reader", "operator")) {
      broker.addUser(user, user + "-password");
    }
    for (String line : access.grants()) {
      access.grant(line);
    }
    broker.addUser("nobody", "nobody-password");
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Test
  void promptsAreAnsweredWithTheLeastThatTheUsersNeed() throws Exception {
    JobConfiguration job = access.job("autoglm", "autoglm-password");
    Preflight.usual().require(job);
    String left = "autoglm-answers-7-0";
    try (KafkaProducer<byte[], byte[]> crashed = broker.openTransaction(left, OUTPUTS.get(0));
        LocalCluster cluster = LocalCluster.start(directory.resolve("flink"), 0, 1)) {
      cluster.submit(FINGERPRINTS, job);
      CommandRun published =
          access.run(
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
          access.run("consume", "reader", "reader-password", "--max", "3", "--timeout", "60s");
      assertThat(cluster.failures()).isEmpty();
      assertThat(consumed.code()).as(consumed.err()).isZero();
      assertThat(consumed.lines()).hasSize(3);
      // Found by its id alone, as the job may not read its outputs.
      assertThat(broker.admin().describeTransactions(List.of(left)).description(left).get().state())
          .isNotEqualTo(TransactionState.ONGOING);

      BigInteger before = broker.serialNumber();
      broker.renewCertificate();
      await().until(broker::serialNumber, serial -> !serial.equals(before));
      assertThat(
              access
                  .run(
                      "publish",
                      "publisher",
                      "publisher-password",
                      "--model",
                      "fingerprint",
                      "four")
                  .code())
          .isZero();
      assertThat(
              access
                  .run("consume", "reader", "reader-password", "--max", "4", "--timeout", "60s")
                  .lines())
          .hasSize(4);
      assertThat(cluster.failures()).isEmpty();

      CommandRun reconciled =
          access.run("reconcile", "operator", "operator-password", "--wait", "30s");
      assertThat(reconciled.code()).as(reconciled.err() + reconciled.out()).isZero();
    }
  }

  @Test
  void tokensOfAnEndpointGetInAsTheRunbookSays() throws Exception {
    broker.createTopics(
        List.of("oauth.prompts", "oauth.results", "oauth.audit", "oauth.dead-letters"), 1);
    for (String line : access.grants()) {
      access.grant(line.replaceAll("(--(?:topic|group|transactional-id) )autoglm", "$1oauth"));
    }
    JobConfiguration job = access.oauth("autoglm", "autoglm-password");
    Preflight.usual().require(job);
    try (LocalCluster cluster = LocalCluster.start(directory.resolve("oauth"), 0, 1)) {
      cluster.submit(FINGERPRINTS, job);
      CommandRun published =
          access.run(
              "publish",
              access.oauth("publisher", "publisher-password").kafka().properties(),
              "--topic",
              "oauth.prompts",
              "--model",
              "fingerprint",
              "one");
      assertThat(published.code()).as(published.err()).isZero();
      CommandRun consumed =
          access.run(
              "consume",
              access.oauth("reader", "reader-password").kafka().properties(),
              "--topic",
              "oauth.results",
              "--max",
              "1",
              "--timeout",
              "60s");
      assertThat(consumed.lines()).as(consumed.err()).hasSize(1);
      assertThat(cluster.failures()).isEmpty();
    }

    assertThat(access.problems(access.oauth("autoglm", "wrong-secret")))
        .singleElement()
        .asString()
        .contains(broker.bootstrapServers(), broker.tokens().tokens(), "sasl.jaas.config")
        .doesNotContain("wrong-secret");
  }

  @Test
  void certificatesThatDoNotHoldAreNamedWithTheRemedy() throws Exception {
    Map<String, String> properties = access.job("autoglm", "autoglm-password").kafka().properties();
    Path expired =
        broker
            .certificates()
            .certify("expired", "-ext SAN=IP:127.0.0.1 -startdate -9d -validity 5");
    Path another = broker.certificates().certify("another", "-ext SAN=DNS:elsewhere.example");
    try (TlsListener late = TlsListener.start(expired);
        TlsListener elsewhere = TlsListener.start(another)) {
      assertThat(access.problems(access.withProperties(late.address(), properties)))
          .singleElement()
          .asString()
          .contains(late.address(), "has expired", "renew", "ssl.keystore.location");
      assertThat(access.problems(access.withProperties(elsewhere.address(), properties)))
          .singleElement()
          .asString()
          .contains(elsewhere.address(), "is for another host", "bootstrap_servers");
      assertThat(
              CommandRun.of(
                      "consume",
                      "--bootstrap",
                      late.address(),
                      "--command-config",
                      access.commandConfig(properties).toString())
                  .err())
          .contains(late.address(), "has expired");
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

    assertThat(access.problems(access.job("limited", "limited-password")))
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
                    .contains("kafka.topics.audit", "--operation Write --topic autoglm.audit"))
        .noneSatisfy(
            problem -> assertThat(problem).contains("--operation Read --topic autoglm.audit"))
        .anySatisfy(
            problem ->
                assertThat(problem).contains("kafka.group_id", "--operation Read --group autoglm"))
        .anySatisfy(
            problem ->
                assertThat(problem)
                    .contains(
                        "kafka.transactional_id_prefix",
                        "--operation Write --transactional-id autoglm --resource-pattern-type prefixed"))
        .hasSize(6);
    assertThat(access.problems(access.job("nobody", "nobody-password")))
        .anySatisfy(problem -> assertThat(problem).contains("autoglm.prompts", "grant Describe"));
  }

  @Test
  void whoDoesNotGetInIsToldWhy() throws Exception {
    JobConfiguration job = access.job("autoglm", "autoglm-password");
    Map<String, String> right = job.kafka().properties();

    assertThat(access.problems(access.job("autoglm", "wrong-secret")))
        .singleElement()
        .asString()
        .contains(broker.bootstrapServers(), "does not take the credentials", "SCRAM-SHA-512")
        .doesNotContain("wrong-secret");
    assertThat(access.problems(access.withProperties(Map.of())))
        .singleElement()
        .asString()
        .contains("speaks TLS, and security.protocol is PLAINTEXT");
    assertThat(
            access.problems(
                access.withProperties(
                    RunbookAccess.without(
                        right, "ssl.truststore.location", "ssl.truststore.type"))))
        .singleElement()
        .asString()
        .contains("its certificate is not trusted here", "ssl.truststore.location");
    assertThat(
            access.problems(
                access.withProperties(
                    RunbookAccess.with(
                        right,
                        "sasl.mechanism",
                        "PLAIN",
                        "sasl.jaas.config",
                        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"autoglm\" password=\"autoglm-password\";"))))
        .singleElement()
        .asString()
        .contains("does not take the credentials", "PLAIN")
        .doesNotContain("autoglm-password");
    assertThat(
            access.problems(
                access.withProperties(
                    RunbookAccess.with(right, "ssl.truststore.location", "/nowhere.pem"))))
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
    assertThat(access.run("consume", "reader", "wrong-secret", "--max", "1").err())
        .contains("does not take the credentials")
        .doesNotContain("wrong-secret");
    assertThat(access.run("consume", "nobody", "nobody-password", "--max", "1").err())
        .contains("does not allow this: topic autoglm.results");
    assertThat(access.run("publish", "reader", "reader-password", "--model", "m", "text").err())
        .contains("does not allow this: topic autoglm.prompts");
    assertThat(
            access
                .run(
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
    assertThat(access.run("reconcile", "operator", "wrong-secret").err())
        .contains("does not take the credentials")
        .doesNotContain("wrong-secret");
    assertThat(access.run("reconcile", "publisher", "publisher-password").err())
        .contains("does not allow this: ");
    assertThat(
            CommandRun.of("consume", "--bootstrap", at, "--command-config", "/nowhere.properties")
                .err())
        .contains("/nowhere.properties does not exist");
  }
}
