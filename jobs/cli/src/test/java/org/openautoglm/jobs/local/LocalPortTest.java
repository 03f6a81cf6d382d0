package org.openautoglm.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LocalPortTest {
  /** As often as the system needs to hand out the port that was free a moment ago once more. */
  private static final int TRIES = 50_000;

  @Test
  void twoPortsAreTwo() throws Exception {
    int serving = LocalPort.free();
    for (int i = 0; i < TRIES; i++) {
      assertThat(LocalPort.freeBeside(serving)).isNotEqualTo(serving);
    }
  }
}
