package org.openautoglm.jobs.cli;

import java.util.HashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** Where a command finds Kafka. */
final class BrokerOptions {
  @Option(
      names = "--bootstrap",
      paramLabel = "B",
      description =
          "the brokers, HOST:PORT; ${DEFAULT-VALUE} unless KAFKA_BOOTSTRAP says otherwise",
      defaultValue = "${env:KAFKA_BOOTSTRAP:-localhost:9092}")
  private String bootstrap;

  @Option(
      names = "--property",
      paramLabel = "KEY=VALUE",
      description = "a further property of the Kafka client, such as security.protocol=SSL")
  private Map<String, String> properties = Map.of();

  /** The broker at an address, without further properties. */
  static BrokerOptions at(String bootstrap) {
    BrokerOptions options = new BrokerOptions();
    options.bootstrap = bootstrap;
    return options;
  }

  String bootstrap() {
    return bootstrap;
  }

  /** The client's properties: ours, and over them what the user gave. */
  Map<String, Object> with(Map<String, Object> ours) {
    Map<String, Object> all = new HashMap<>(ours);
    all.put("bootstrap.servers", bootstrap);
    all.putAll(properties);
    return all;
  }
}
