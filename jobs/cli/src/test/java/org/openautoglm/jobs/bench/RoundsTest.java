package org.openautoglm.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class RoundsTest {
  @Test
  void aSteadyDriftLeavesTheRatioAlone() {
    Rounds rounds = new Rounds(List.of(100.0, 120.0, 140.0, 160.0), List.of(55.0, 65.0, 75.0));

    assertThat(rounds.ratio()).isCloseTo(0.5, within(1e-9));
    assertThat(rounds.spreadPercent()).isCloseTo(0, within(1e-9));
    assertThat(rounds.referencePace()).isEqualTo(130);
    assertThat(rounds.turnPace()).isEqualTo(65);
  }

  @Test
  void oneStallDoesNotDecide() {
    Rounds rounds = new Rounds(List.of(100.0, 100.0, 100.0, 100.0), List.of(50.0, 10.0, 52.0));

    assertThat(rounds.ratio()).isCloseTo(0.5, within(1e-9));
    assertThat(rounds.spreadPercent()).isCloseTo(84, within(1e-9));
  }

  @Test
  void eachTurnStandsBetweenTwoReferences() {
    assertThatThrownBy(() -> new Rounds(List.of(1.0), List.of(1.0)))
        .hasMessage("1 turns between 1 references");
    assertThatThrownBy(() -> new Rounds(List.of(1.0), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Rounds(List.of(1.0, 0.0), List.of(1.0)))
        .hasMessage("a reference ran at 0.0");
  }
}
