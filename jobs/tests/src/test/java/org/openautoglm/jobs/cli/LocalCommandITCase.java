package org.openautoglm.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.law.FingerprintModel;
import org.openautoglm.jobs.topology.InferenceJob;
import org.openautoglm.operators.testing.TestModels;

@Timeout(120)
class LocalCommandITCase {
  @TempDir Path directory;

  @Test
  void aFileOfProductionRunsHereWithoutItsSecurityAndEndsWhereItSays() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("production.yaml"),
            """
            kafka:
              bootstrap_servers: kafka.example.com:9093
              until: latest
              properties:
                security.protocol: SASL_SSL
                sasl.mechanism: SCRAM-SHA-512
                sasl.jaas.config: >-
                  org.apache.kafka.common.security.scram.ScramLoginModule required
                  username="autoglm" password="${directory:/nowhere:password}";
                ssl.truststore.location: /nowhere/ca.p12
              producer: {linger.ms: 3}
            models:
              - {model_name: fingerprint, task_type: embedding, path: '%s', device: cpu}
            """
                .formatted(TestModels.bgeSmallZh()));

    CommandRun run =
        CommandRun.of(
            (env, job) ->
                InferenceJob.define(
                    env, job, new FingerprintModel(), new FingerprintModel.Classifier()),
            new Interruption(),
            "local",
            "--config",
            file.toString(),
            "--kafka-port",
            "0",
            "--port",
            "0");

    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).startsWith("ready bootstrap=127.0.0.1:").contains(" ui=http://");
    assertThat(run.err())
        .contains(
            "left out with its address: kafka.properties[sasl.jaas.config],"
                + " kafka.properties[sasl.mechanism], kafka.properties[security.protocol],"
                + " kafka.properties[ssl.truststore.location]")
        .contains("everything is answered");
  }
}
