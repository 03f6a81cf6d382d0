package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class CostModelTest {
  @Test
  void knowsNothingAtFirstAndSaysSo() {
    CostModel cost = new CostModel();
    assertThat(cost.known()).isFalse();
    assertThat(cost.expectedUs(100)).isZero();
    assertThat(cost.overheadTokens()).isEqualTo(CostModel.OVERHEAD_TOKENS_GUESS);
    cost.measured(100, 5_000_000); // The first run warms up.
    assertThat(cost.known()).isFalse();
  }

  @Property(tries = 100)
  void findsOverheadAndSlope(
      @ForAll @IntRange(min = 5, max = 2_000) int overheadTokens,
      @ForAll @IntRange(min = 1, max = 500) int tokenUs,
      @ForAll long seed) {
    Random random = new Random(seed);
    CostModel cost = new CostModel();
    for (int i = 0; i < 300; i++) {
      int padded = 1 + random.nextInt(1_000);
      cost.measured(padded, (long) (overheadTokens + padded) * tokenUs);
    }
    assertThat(cost.overheadTokens()).isCloseTo(overheadTokens, within(overheadTokens / 50 + 2));
    long expected = (overheadTokens + 500L) * tokenUs;
    assertThat(cost.expectedUs(500)).isCloseTo(expected, within(expected / 50 + 1));
  }

  @Test
  void batchesThatAreAllAlikeTellTheirTimeButNothingOfTheOverhead() {
    CostModel cost = new CostModel();
    for (int i = 0; i < 20; i++) {
      cost.measured(64, 8_000);
    }
    assertThat(cost.expectedUs(64)).isCloseTo(8_000, within(1L));
    assertThat(cost.overheadTokens()).isEqualTo(CostModel.OVERHEAD_TOKENS_GUESS);
  }

  @Test
  void followsAChangeAndForgetsAPause() {
    CostModel cost = new CostModel();
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      int padded = 1 + random.nextInt(500);
      cost.measured(padded, padded * 10L + 500);
    }
    cost.measured(100, 60_000_000);
    assertThat(cost.expectedUs(100)).isLessThan(3_000);
    for (int i = 0; i < 400; i++) {
      int padded = 1 + random.nextInt(500);
      cost.measured(padded, padded * 40L + 2_000);
    }
    assertThat(cost.expectedUs(100)).isCloseTo(6_000, within(300L));
  }

  @Property
  void staysWithinItsBoundsWhateverItSees(@ForAll List<@LongRange(max = 1L << 40) Long> times) {
    CostModel cost = new CostModel();
    for (long time : times) {
      cost.measured(1 + (int) (time % 5_000), time);
    }
    assertThat(cost.overheadTokens())
        .isBetween(CostModel.OVERHEAD_TOKENS_MIN, CostModel.OVERHEAD_TOKENS_MAX);
    assertThat(cost.expectedUs(100)).isNotNegative();
  }
}
