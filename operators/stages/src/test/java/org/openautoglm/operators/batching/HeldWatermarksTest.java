package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeldWatermarksTest {
  private final List<String> out = new ArrayList<>();
  private final HeldWatermarks<String> watermarks = new HeldWatermarks<>(out::add);

  @Test
  void passWhereNothingIsUnfinished() {
    watermarks.hold("w1");
    assertThat(out).containsExactly("w1");
  }

  @Test
  void waitForEveryEarlierRequestAndForNoLaterOne() {
    HeldWatermarks.Segment first = watermarks.enter();
    HeldWatermarks.Segment second = watermarks.enter();
    watermarks.hold("w1");
    HeldWatermarks.Segment third = watermarks.enter();
    watermarks.hold("w2");
    watermarks.hold("idle");
    HeldWatermarks.Segment fourth = watermarks.enter();
    watermarks.leave(fourth);
    watermarks.leave(third);
    watermarks.leave(first);
    assertThat(out).isEmpty();
    watermarks.leave(second);
    assertThat(out).containsExactly("w1", "w2", "idle");
    watermarks.hold("w3");
    assertThat(out).last().isEqualTo("w3");
  }
}
