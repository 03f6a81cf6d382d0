package org.openautoglm.operators.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RunWatchTest {
  private static final RunWatch.Watched NOBODY =
      new RunWatch.Watched() {
        @Override
        public void terminate() {}

        @Override
        public void giveUp() {}
      };

  @Test
  void theProcesssWatchLooksNowAndThenAndTakesNoCore() {
    try (RunWatch.Watch watch = RunWatch.SHARED.begin(300_000, NOBODY)) {
      assertThat(RunWatch.SHARED.everyNanos())
          .isBetween(TimeUnit.MILLISECONDS.toNanos(10), TimeUnit.MILLISECONDS.toNanos(500));
      assertThat(watch.wasTooLong()).isFalse();
    }
  }
}
