package org.openautoglm.jobs.kafka.clients;

import java.util.Map;
import javax.security.auth.login.LoginException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.IllegalSaslStateException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedSaslMechanismException;

/** What Kafka's exceptions mean to whoever set the client up: broker, option, remedy. */
public final class KafkaFailure {

  /** Where whoever runs a client has said how it gets to the brokers. */
  public enum Said {
    /** In the job's configuration. */
    IN_THE_CONFIGURATION("bootstrap_servers", "kafka.properties"),
    /** By options of a command. */
    BY_OPTIONS("--bootstrap", "--command-config");

    private final String brokers;
    private final String properties;

    Said(String brokers, String properties) {
      this.brokers = brokers;
      this.properties = properties;
    }
  }

  private KafkaFailure() {}

  /**
   * One line for people. Where Kafka says only that time has passed, it looks at the broker for a
   * few seconds more.
   *
   * @param client the properties of the client that failed
   * @param said where they were given
   */
  public static String words(Throwable thrown, Map<?, ?> client, Said said) {
    Throwable cause = deepestOfKafka(thrown);
    String brokers = text(client, "bootstrap.servers");
    String protocol = text(client, "security.protocol");
    protocol = protocol.isEmpty() ? "PLAINTEXT" : protocol;
    if (cause instanceof ConfigException) {
      if (cause.getMessage().contains("No resolvable bootstrap urls")) {
        return "there is no host of that name: %s; look at %s".formatted(brokers, said.brokers);
      }
      return "no client of Kafka can be made: " + cause.getMessage();
    }
    if (cause.getCause() instanceof LoginException login) {
      return "%s: %s".formatted(brokers, LoginFailure.words(login, client));
    }
    if (cause instanceof SslAuthenticationException) {
      return "%s: %s".formatted(brokers, TlsFailure.words(cause, said.brokers));
    }
    if (cause instanceof SaslAuthenticationException) {
      return "%s does not take the credentials (sasl.jaas.config, sasl.mechanism %s): %s"
          .formatted(brokers, mechanism(client), cause.getMessage());
    }
    if (cause instanceof UnsupportedSaslMechanismException
        || cause instanceof IllegalSaslStateException) {
      return "%s does not take security.protocol %s with sasl.mechanism %s: %s"
          .formatted(brokers, protocol, mechanism(client), cause.getMessage());
    }
    if (cause instanceof AuthorizationException denied) {
      return "%s does not allow this: %s".formatted(brokers, ofAcl(denied));
    }
    if (cause instanceof UnknownTopicOrPartitionException) {
      return "%s has no such topic, or this client may not describe it: %s"
          .formatted(brokers, cause.getMessage());
    }
    if (cause instanceof TimeoutException) {
      return ofSilence(brokers, protocol, cause, said);
    }
    return cause instanceof KafkaException && !brokers.isEmpty()
        ? "%s: %s".formatted(brokers, cause.getMessage())
        : cause.getMessage();
  }

  private static String ofSilence(String brokers, String protocol, Throwable cause, Said said) {
    boolean tls = protocol.endsWith("SSL");
    return switch (BrokerProbe.look(brokers)) {
      case UNKNOWN_HOST ->
          "%s: there is no host of that name; look at %s".formatted(brokers, said.brokers);
      case NOTHING_LISTENS ->
          "no broker answers at %s: nothing listens there; is it running, and is this its port (%s)?"
              .formatted(brokers, said.brokers);
      case SPEAKS_TLS ->
          tls
              ? "%s answers too late: %s".formatted(brokers, cause.getMessage())
              : ("%s speaks TLS, and security.protocol is %s; set it to SSL, or to SASL_SSL with"
                      + " credentials, in %s")
                  .formatted(brokers, protocol, said.properties);
      case LISTENS ->
          protocol.equals("PLAINTEXT")
              ? ("%s takes the connection and does not answer (%s); does it ask for credentials"
                      + " (security.protocol SASL_PLAINTEXT), is it no broker, or are the addresses"
                      + " that it gives out (advertised.listeners) not reachable from here?")
                  .formatted(brokers, cause.getMessage())
              : "%s takes the connection and does not answer security.protocol %s: %s"
                  .formatted(brokers, protocol, cause.getMessage());
    };
  }

  private static String ofAcl(AuthorizationException e) {
    if (e instanceof TopicAuthorizationException topics) {
      return "topic %s; grant the operation (deploy/RUNBOOK.md, access)"
          .formatted(String.join(", ", topics.unauthorizedTopics()));
    }
    if (e instanceof GroupAuthorizationException group) {
      return "group %s; grant Read on it (deploy/RUNBOOK.md, access)".formatted(group.groupId());
    }
    if (e instanceof TransactionalIdAuthorizationException) {
      return "transactions of this name; grant Write and Describe on transactional ids that begin"
          + " with kafka.transactional_id_prefix (deploy/RUNBOOK.md, access)";
    }
    return e.getMessage();
  }

  private static String mechanism(Map<?, ?> client) {
    String mechanism = text(client, "sasl.mechanism");
    return mechanism.isEmpty() ? "GSSAPI, Kafka's default," : mechanism;
  }

  static String text(Map<?, ?> client, String name) {
    Object value = client.get(name);
    return value == null ? "" : value.toString();
  }

  /** The innermost of Kafka's own exceptions; what lies below it is for developers. */
  private static Throwable deepestOfKafka(Throwable thrown) {
    Throwable found = thrown;
    for (Throwable each = thrown; each != null; each = each.getCause()) {
      if (each instanceof KafkaException) {
        found = each;
      }
    }
    return found;
  }
}
