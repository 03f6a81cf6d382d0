package org.openautoglm.jobs.kafka.clients;

import java.net.URI;
import java.util.Map;
import javax.security.auth.login.LoginException;

/**
 * What it means that a client could not log in before it came to the brokers. Of a token endpoint
 * Kafka's exception says nothing, as its module only logs the reason; so that is knocked at.
 */
final class LoginFailure {
  private static final String ENDPOINT = "sasl.oauthbearer.token.endpoint.url";
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  private LoginFailure() {}

  /** Words that follow the brokers' address. */
  static String words(LoginException failure, Map<?, ?> client) {
    String endpoint = KafkaFailure.text(client, ENDPOINT);
    return endpoint.startsWith("http")
        ? "there is no token from %s (%s): %s".formatted(endpoint, ENDPOINT, reason(endpoint))
        : "no login (sasl.jaas.config): " + failure.getMessage();
  }

  private static String reason(String endpoint) {
    URI address = URI.create(endpoint);
    int standard = "https".equals(address.getScheme()) ? HTTPS_PORT : HTTP_PORT;
    int port = address.getPort() < 0 ? standard : address.getPort();
    return switch (BrokerProbe.look(address.getHost() + ":" + port)) {
      case UNKNOWN_HOST -> "there is no host of that name";
      case NOTHING_LISTENS -> "nothing listens there";
      case SPEAKS_TLS, LISTENS ->
          "it refuses, or answers something else; look at clientId and clientSecret in"
              + " sasl.jaas.config, and at the scope";
    };
  }
}
