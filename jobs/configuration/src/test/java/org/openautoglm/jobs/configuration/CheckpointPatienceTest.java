package org.openautoglm.jobs.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CheckpointPatienceTest {

  @Test
  void theDefaultsLeaveTimeForARecovery() throws ConfigurationException {
    assertThat(CheckpointPatience.warning(job("kafka: {}"))).isEmpty();
  }

  @Test
  void saysWhereTransactionsMayEndBeforeTheyCommit() throws ConfigurationException {
    assertThat(CheckpointPatience.warning(job("kafka: {transaction_timeout: 10m}")))
        .get()
        .asString()
        .startsWith("kafka.transaction_timeout: 600 s may be too short")
        .contains("makes 601 s");
    assertThat(
            CheckpointPatience.warning(
                job("kafka: {transaction_timeout: 10m}\ndelivery: at_least_once")))
        .isEmpty();
  }

  private static JobConfiguration job(String options) throws ConfigurationException {
    return ConfigurationFile.parse(
        "models: [{model_name: m, task_type: embedding, path: unused}]\n" + options, Map.of());
  }
}
