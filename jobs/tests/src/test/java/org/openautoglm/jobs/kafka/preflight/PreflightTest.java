package org.openautoglm.jobs.kafka.preflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.local.LocalPort;
import org.openautoglm.jobs.local.SharedBroker;

/** All that is wrong with brokers and topics, at once, in words that name it. */
@ExtendWith(SharedBroker.class)
class PreflightTest {
  private final SharedBroker broker;

  PreflightTest(SharedBroker broker) {
    this.broker = broker;
  }

  @Test
  void passesWhereEverythingIsThere() throws ConfigurationException {
    Map<String, String> topics =
        broker.newTopics(Map.of("prompts", 1, "results", 1, "audit", 1, "dead-letters", 1));
    assertThatCode(
            () ->
                Preflight.usual()
                    .require(
                        job(
                            broker.bootstrapServers(),
                            topics.get("prompts"),
                            topics.get("results"),
                            topics.get("audit"),
                            topics.get("dead-letters"))))
        .doesNotThrowAnyException();
  }

  @Test
  void namesEveryTopicThatIsMissingWithItsOption() throws ConfigurationException {
    String prompts = broker.newTopic("prompts", 1);
    assertThat(problems(Preflight.usual(), job(broker.bootstrapServers(), prompts, "r", "a", "d")))
        .containsExactly(
            missing("results", "r"), missing("audit", "a"), missing("dead_letters", "d"));
  }

  @Test
  void saysOnceThatNoBrokerAnswersAndMakesNoCheck() throws Exception {
    String nobody = "127.0.0.1:" + LocalPort.free();
    Preflight unreached =
        new Preflight(
            List.of(
                (admin, job) -> {
                  throw new AssertionError("must not be called");
                }));
    assertThat(problems(unreached, job(nobody, "p", "r", "a", "d")))
        .singleElement()
        .asString()
        .isEqualTo(
            "kafka: no broker answers at %s: nothing listens there; is it running, and is this its port (bootstrap_servers)?"
                .formatted(nobody));
  }

  @Test
  void goesOnAfterACheckThatTheBrokersRefuse() throws ConfigurationException {
    Preflight preflight =
        new Preflight(
                List.of(
                    (admin, job) -> {
                      throw new ExecutionException(new ClusterAuthorizationException("not you"));
                    }))
            .and((admin, job) -> List.of("and this"));
    assertThat(problems(preflight, job(broker.bootstrapServers(), "p", "r", "a", "d")))
        .containsExactly(
            "kafka: %s does not allow this: not you".formatted(broker.bootstrapServers()),
            "and this");
  }

  @Test
  void saysWhyNoClientCanBeMade() throws ConfigurationException {
    assertThat(problems(Preflight.usual(), job("no.such.host.invalid:1", "p", "r", "a", "d")))
        .containsExactly(
            "kafka: there is no host of that name: no.such.host.invalid:1; look at bootstrap_servers");
  }

  @Test
  void refusesOutputTopicsThatDropOutcomesOrTakeTooLittle() throws Exception {
    Map<String, String> topics =
        broker.newTopics(Map.of("prompts", 1, "results", 1, "audit", 1, "dead-letters", 1));
    alter(topics.get("dead-letters"), "cleanup.policy", "compact,delete");
    alter(topics.get("results"), "max.message.bytes", "100000");
    assertThat(
            problems(
                Preflight.usual(),
                job(
                    broker.bootstrapServers(),
                    topics.get("prompts"),
                    topics.get("results"),
                    topics.get("audit"),
                    topics.get("dead-letters"))))
        .containsExactly(
            ("kafka.topics.results: the topic %s takes records of 99,219 bytes at most"
                    + " (max.message.bytes 100,000), less than limits.max_result_bytes (1,000,000);"
                    + " raise the one or lower the other")
                .formatted(topics.get("results")),
            ("kafka.topics.dead_letters: the topic %s is compacted, which drops outcomes; set its"
                    + " cleanup.policy to delete, or name another")
                .formatted(topics.get("dead-letters")));
  }

  @Test
  void refusesTransactionsThatMayBeOpenForLongerThanTheBrokersAllow() throws Exception {
    JobConfiguration job =
        ConfigurationFile.parse(
            """
            kafka: {bootstrap_servers: "%s", transaction_timeout: 1h}
            models: [{model_name: m, task_type: embedding, path: unused}]
            """
                .formatted(broker.bootstrapServers()),
            Map.of());
    assertThat(problems(new Preflight(List.of(new TransactionTimeoutFits())), job))
        .containsExactly(
            "kafka.transaction_timeout: 3600000 ms is more than the brokers allow"
                + " (transaction.max.timeout.ms 900000); lower the one or raise the other");
  }

  private void alter(String topic, String name, String value) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .incrementalAlterConfigs(
              Map.of(
                  new ConfigResource(ConfigResource.Type.TOPIC, topic),
                  List.of(
                      new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET))))
          .all()
          .get();
    }
  }

  private String missing(String option, String topic) {
    return "kafka.topics.%s: there is no topic %s at %s; create it, or name another"
        .formatted(option, topic, broker.bootstrapServers());
  }

  private static List<String> problems(Preflight preflight, JobConfiguration job) {
    return catchThrowableOfType(PreflightException.class, () -> preflight.require(job)).problems();
  }

  private static JobConfiguration job(
      String bootstrapServers, String prompts, String results, String audit, String deadLetters)
      throws ConfigurationException {
    return ConfigurationFile.parse(
        """
        kafka:
          bootstrap_servers: %s
          topics: {prompts: %s, results: %s, audit: %s, dead_letters: %s}
        models: [{model_name: m, task_type: embedding, path: unused}]
        """
            .formatted(bootstrapServers, prompts, results, audit, deadLetters),
        Map.of());
  }
}
