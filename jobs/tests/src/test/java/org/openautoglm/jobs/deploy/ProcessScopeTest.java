package org.openautoglm.jobs.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.openautoglm.flink.process.ProcessScope;
import org.openautoglm.operators.inference.ProcessWide;

class ProcessScopeTest {
  @Test
  void theJobFindsWhatLiesInFlinksLib() {
    assertThat(ProcessWide.objects()).isSameAs(ProcessScope.objects());
  }
}
