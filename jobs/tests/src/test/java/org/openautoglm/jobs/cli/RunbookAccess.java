package org.openautoglm.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.SecurityUtils;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.preflight.Preflight;
import org.openautoglm.jobs.kafka.preflight.PreflightException;
import org.openautoglm.jobs.local.SecuredBroker;

/**
 * The ways in that the RUNBOOK describes, to a secured broker of a test.
 *
 * @param directory for secrets and clients' files
 */
record RunbookAccess(SecuredBroker broker, Path directory) {

  /** Why a job may not start. */
  List<String> problems(JobConfiguration job) {
    PreflightException thrown =
        catchThrowableOfType(PreflightException.class, () -> Preflight.usual().require(job));
    assertThat(thrown).as("it may start").isNotNull();
    return thrown.problems();
  }

  static Map<String, String> without(Map<String, String> properties, String... names) {
    Map<String, String> fewer = new HashMap<>(properties);
    fewer.keySet().removeAll(List.of(names));
    return fewer;
  }

  static Map<String, String> with(Map<String, String> properties, String... pairs) {
    Map<String, String> more = new HashMap<>(properties);
    for (int i = 0; i < pairs.length; i += 2) {
      more.put(pairs[i], pairs[i + 1]);
    }
    return more;
  }

  /** A job whose clients have these properties. */
  JobConfiguration withProperties(Map<String, String> properties) throws Exception {
    return withProperties(broker.bootstrapServers(), properties);
  }

  JobConfiguration withProperties(String address, Map<String, String> properties) throws Exception {
    StringBuilder lines = new StringBuilder();
    properties.forEach((name, value) -> lines.append("    %s: '%s'\n".formatted(name, value)));
    return ConfigurationFile.parse(
        "kafka:\n  bootstrap_servers: "
            + address
            + "\n"
            + (properties.isEmpty() ? "" : "  properties:\n" + lines)
            + "models: [{model_name: fingerprint, task_type: embedding, path: unused}]\n",
        Map.of());
  }

  private static String runbook(String section) throws IOException {
    String runbook = Files.readString(Path.of("../../deploy/RUNBOOK.md"));
    return runbook.substring(
        runbook.indexOf("<!-- " + section + " -->"),
        runbook.indexOf("<!-- end of " + section + " -->"));
  }

  /** The lines that grant what the RUNBOOK says. */
  List<String> grants() throws IOException {
    return runbook("access")
        .lines()
        .filter(line -> line.startsWith("kafka-acls.sh --add "))
        .toList();
  }

  /** Does what a line of the RUNBOOK does. */
  void grant(String line) throws Exception {
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

  CommandRun run(String command, String user, String password, String... further) throws Exception {
    Map<String, String> properties = new HashMap<>(broker.client(user, password));
    properties.remove("bootstrap.servers");
    return run(command, properties, further);
  }

  CommandRun run(String command, Map<String, String> properties, String... further)
      throws Exception {
    return CommandRun.of(
        Stream.concat(
                Stream.of(
                    command,
                    "--bootstrap",
                    broker.bootstrapServers(),
                    "--command-config",
                    commandConfig(properties).toString()),
                Stream.of(further))
            .toArray(String[]::new));
  }

  /** A file for {@code --command-config}. */
  Path commandConfig(Map<String, String> client) throws IOException {
    Properties properties = new Properties();
    properties.putAll(client);
    Path file = Files.createTempFile(directory, "client", ".properties");
    try (var out = Files.newBufferedWriter(file)) {
      properties.store(out, null);
    }
    return file;
  }

  private Path secret(String user, String password) throws IOException {
    Path secrets =
        Files.createDirectories(directory.resolve("secrets-" + user + password.hashCode()));
    Files.writeString(secrets.resolve("password"), password);
    return secrets;
  }

  /** The RUNBOOK's way in, with this broker's addresses and files in place of its examples. */
  JobConfiguration oauth(String user, String password) throws Exception {
    String section = runbook("oauth");
    String yaml =
        section
            .substring(section.indexOf("kafka:"), section.lastIndexOf("```"))
            .replace("kafka.example.com:9093", broker.bootstrapServers())
            .replace("https://login.example.com/oauth2/token", broker.tokens().tokens())
            .replace("/run/secrets/kafka/ca.crt", broker.certificates().authority().toString())
            .replace("/run/secrets/kafka", secret(user, password).toString())
            .replace("clientId=\"autoglm\"", "clientId=\"" + user + "\"");
    assertThat(yaml).doesNotContain("example.com").contains(user);
    return ConfigurationFile.parse(
        yaml
            + """
              topics:
                prompts: oauth.prompts
                results: oauth.results
                audit: oauth.audit
                dead_letters: oauth.dead-letters
            name: oauth
            checkpoint_interval: 200ms
            models:
              - {model_name: fingerprint, task_type: embedding, path: unused, device: cpu}
            """,
        Map.of());
  }

  /** A job whose user comes in by SCRAM. */
  JobConfiguration job(String user, String password) throws Exception {
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
            .formatted(
                broker.bootstrapServers(),
                user,
                secret(user, password),
                broker.certificates().authority()),
        Map.of());
  }
}
