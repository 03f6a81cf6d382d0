package org.openautoglm.jobs.local;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/**
 * A broker in a process of its own that serves in clear, for those who look on, and with TLS at
 * another port, for a job: {@link #LISTENER}. Says {@code ready} as {@code autoglm broker} does.
 */
public final class TlsBroker {
  /** The listener with TLS. */
  public static final String LISTENER = "tls";

  private TlsBroker() {}

  /** What {@link #main} takes. */
  public static String[] arguments(Path data, int port, int tlsPort, Map<String, String> further) {
    return Stream.concat(
            Stream.of(data.toString(), Integer.toString(port), Integer.toString(tlsPort)),
            further.entrySet().stream().map(each -> each.getKey() + "=" + each.getValue()))
        .toArray(String[]::new);
  }

  /** Runs it until the process is ended. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    int port = Integer.parseInt(arguments[1]);
    int controller = LocalPort.freeBeside(port);
    String host = "127.0.0.1:";
    Map<String, String> properties = new HashMap<>();
    properties.put(
        "listeners",
        "PLAINTEXT://%1$s%2$d,TLS://%1$s%3$s,CONTROLLER://%1$s%4$d"
            .formatted(host, port, arguments[2], controller));
    properties.put("controller.quorum.voters", "1@" + host + controller);
    properties.put(
        "listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,TLS:SSL,CONTROLLER:PLAINTEXT");
    for (int i = 3; i < arguments.length; i++) {
      String[] property = arguments[i].split("=", 2);
      properties.put(property[0], property[1]);
    }
    try (EmbeddedBroker broker =
        EmbeddedBroker.start(Optional.of(Path.of(arguments[0])), port, properties)) {
      broker.createTopics(
          Map.of(
              "autoglm.prompts", 2,
              "autoglm.results", 2,
              "autoglm.audit", 2,
              "autoglm.dead-letters", 2));
      System.out.println("ready bootstrap=" + broker.bootstrapServers());
      new CountDownLatch(1).await();
    }
  }
}
