package org.openautoglm.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.openautoglm.jobs.configuration.CheckpointPatience;

class FlinkConfigurationTest {

  @Test
  void hasThePatienceThatTheConfigurationCountsOn() throws Exception {
    Configuration flink = FlinkConfiguration.load();
    assertThat(flink.get(CheckpointingOptions.CHECKPOINTING_TIMEOUT))
        .isEqualTo(CheckpointPatience.TIMEOUT);
    assertThat(flink.get(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER))
        .isEqualTo(CheckpointPatience.TOLERATED_FAILURES);
    assertThat(flink.get(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS)).isGreaterThan(1);
  }
}
