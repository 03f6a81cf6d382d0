package org.openautoglm.jobs.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.openautoglm.jobs.local.Certificates;
import org.openautoglm.jobs.local.LocalPort;
import org.openautoglm.jobs.local.TlsBroker;

/** A broker in a process of its own, to be killed and started again on its data. */
final class BrokerProcess implements AutoCloseable {
  private final Path data;
  private final int port;
  private final int tlsPort;
  private final Optional<Certificates> certificates;
  private final List<String> program;
  private Process process;

  private BrokerProcess(
      Path data, int port, int tlsPort, Optional<Certificates> certificates, String... program) {
    this.data = data;
    this.port = port;
    this.tlsPort = tlsPort;
    this.certificates = certificates;
    this.program = List.of(program);
  }

  /** {@code autoglm broker}. */
  static BrokerProcess start(Path data) throws IOException {
    int port = LocalPort.free();
    return started(
        new BrokerProcess(
            data,
            port,
            port,
            Optional.empty(),
            "org.openautoglm.jobs.cli.Autoglm",
            "broker",
            "--kafka-port",
            Integer.toString(port),
            "--partitions",
            "2",
            "--data",
            data.toString()));
  }

  /** One that also serves with TLS, by certificates that lie in a directory. */
  static BrokerProcess startWithTls(Path data, Path directory) throws Exception {
    Certificates certificates = Certificates.make(Files.createDirectories(directory));
    int port = LocalPort.free();
    int tlsPort = LocalPort.free();
    Map<String, String> properties = new HashMap<>(certificates.ofBroker(TlsBroker.LISTENER));
    // Looks for transactions that are too old at once, rather than every ten seconds.
    properties.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
    List<String> program = new ArrayList<>(List.of(TlsBroker.class.getName()));
    program.addAll(List.of(TlsBroker.arguments(data, port, tlsPort, properties)));
    return started(
        new BrokerProcess(
            data, port, tlsPort, Optional.of(certificates), program.toArray(String[]::new)));
  }

  private static BrokerProcess started(BrokerProcess broker) throws IOException {
    broker.resume();
    return broker;
  }

  /** Where it serves in clear. */
  String bootstrapServers() {
    return "127.0.0.1:" + port;
  }

  /** Whether it has a certificate. */
  boolean hasTls() {
    return certificates.isPresent();
  }

  /** How a job reaches it, with TLS where it has that: the value of {@code kafka.properties}. */
  String propertiesOfJob() {
    Map<String, String> properties = new HashMap<>();
    certificates.ifPresent(
        some -> {
          properties.put("security.protocol", "SSL");
          properties.putAll(some.ofClient());
        });
    return properties.entrySet().stream()
        .map(each -> "%s: '%s'".formatted(each.getKey(), each.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  /** Where a job reaches it. */
  String serversOfJob() {
    return "127.0.0.1:" + tlsPort;
  }

  /** Gives it another certificate while it runs; returns when new connections are shown that. */
  void renewCertificate() throws Exception {
    BigInteger before = Certificates.shownAt(serversOfJob());
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers()))) {
      certificates.orElseThrow().renew(admin, TlsBroker.LISTENER);
    }
    await()
        .untilAsserted(() -> assertThat(Certificates.shownAt(serversOfJob())).isNotEqualTo(before));
  }

  /** Starts it again on the same port and data; returns when it serves. */
  void resume() throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx320m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dlog4j2.configurationFile=org/openautoglm/jobs/cli/autoglm-log4j2.properties"));
    command.addAll(program);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Path log = Files.createDirectories(data).resolve("broker.err");
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    process = builder.start();
    BufferedReader words = process.inputReader(StandardCharsets.UTF_8);
    String ready = words.readLine();
    if (ready == null || !ready.startsWith("ready ")) {
      throw new IOException("the broker did not start:\n" + Files.readString(log));
    }
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
