package org.openautoglm.operators.inference.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.ModelLoadException;

class CachePlanTest {

  @Test
  void aBudgetBecomesSlots() throws Exception {
    CachePlan plan = CachePlan.within(10_000, 8, 100, 64);
    assertThat(plan).isEqualTo(new CachePlan(12, 100, 8));
    assertThat(plan.bytes()).isEqualTo(9_600);
    assertThat(CachePlan.within(10_000_000, 8, 100, 64).slots()).isEqualTo(64);
    assertThat(CachePlan.within(1, 0, 100, 4).slots()).isEqualTo(4);
  }

  @Test
  void aBudgetThatIsTooSmallSaysWhatWouldDo() {
    assertThatThrownBy(() -> CachePlan.within(700, 8, 100, 64))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("at least 800 bytes, or at most 87 tokens");
  }
}
