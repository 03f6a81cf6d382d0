package org.openautoglm.jobs.processes;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openautoglm.jobs.local.LocalPort;

/** {@code autoglm broker} in a process of its own, to be killed and started again on its data. */
final class BrokerProcess implements AutoCloseable {
  private final Path data;
  private final int port;
  private Process process;

  private BrokerProcess(Path data, int port) {
    this.data = data;
    this.port = port;
  }

  static BrokerProcess start(Path data) throws IOException {
    BrokerProcess broker = new BrokerProcess(data, LocalPort.free());
    broker.resume();
    return broker;
  }

  String bootstrapServers() {
    return "127.0.0.1:" + port;
  }

  /** Starts it again on the same port and data; returns when it serves. */
  void resume() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx320m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dlog4j2.configurationFile=org/openautoglm/jobs/cli/autoglm-log4j2.properties",
                "org.openautoglm.jobs.cli.Autoglm",
                "broker",
                "--kafka-port",
                Integer.toString(port),
                "--partitions",
                "2",
                "--data",
                data.toString()));
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
