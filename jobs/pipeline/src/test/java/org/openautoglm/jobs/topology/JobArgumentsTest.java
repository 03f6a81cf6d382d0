package org.openautoglm.jobs.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openautoglm.jobs.kafka.start.StartOptions;

class JobArgumentsTest {
  @Test
  void aFileIsEnough() {
    assertThat(JobArguments.parse("--config", "f.yaml"))
        .isEqualTo(new JobArguments(Path.of("f.yaml"), StartOptions.USUAL));
  }

  @Test
  void whatIsSaidOfAStartTravelsInFlinksConfiguration() {
    StartOptions start =
        JobArguments.parse("--fresh", "--config", "f", "--renamed-from", "ra").start();

    assertThat(start).isEqualTo(new StartOptions(true, "ra"));
    assertThat(StartOptions.of(start.toConfiguration())).isEqualTo(start);
    assertThat(StartOptions.of(new Configuration())).isEqualTo(StartOptions.USUAL);
  }

  @Test
  void andThroughAnEnvironment() {
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(new Configuration());
    StartOptions start = new StartOptions(true, "ra");

    env.configure(start.toConfiguration());

    assertThat(StartOptions.of(env.getConfiguration())).isEqualTo(start);
  }

  @ParameterizedTest
  @CsvSource({
    "--config, not understood: --config",
    "--conf f, not understood: --conf",
    "--fresh, --config is missing",
    "--config f --renamed-from, not understood: --renamed-from"
  })
  void whatIsNotUnderstoodIsSaid(String arguments, String problem) {
    assertThatThrownBy(() -> JobArguments.parse(arguments.split(" ")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("usage: --config FILE [--fresh] [--renamed-from NAME]; " + problem);
  }
}
