package org.openautoglm.operators.conversion.graph;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class HalfFloatsTest {

  @Test
  void everyHalfComesBack() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = HalfFloats.fromHalf((short) bits);
      if (Float.isNaN(value)) {
        assertThat(HalfFloats.fromHalf(HalfFloats.toHalf(value))).isNaN();
      } else {
        assertThat(HalfFloats.toHalf(value)).isEqualTo((short) bits);
      }
    }
  }

  @Test
  void knownNumbers() {
    assertThat(HalfFloats.fromHalf((short) 0x3c00)).isEqualTo(1f);
    assertThat(HalfFloats.fromHalf((short) 0xc000)).isEqualTo(-2f);
    assertThat(HalfFloats.fromHalf((short) 0x7bff)).isEqualTo(65504f);
    assertThat(HalfFloats.fromHalf((short) 0x0001)).isEqualTo(0x1p-24f);
    assertThat(HalfFloats.fromHalf((short) 0x7c00)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(HalfFloats.toHalf(1e9f)).isEqualTo((short) 0x7c00);
    assertThat(HalfFloats.fromBfloat((short) 0x3f80)).isEqualTo(1f);
    assertThat(HalfFloats.fromBfloat((short) 0xc040)).isEqualTo(-3f);
  }

  /** No other half is nearer; where two are as near, the chosen one is even. */
  @Property(tries = 2000)
  void roundsToTheNearest(@ForAll int bits) {
    float value = Float.intBitsToFloat(bits);
    if (Float.isNaN(value) || Math.abs(value) >= 65504) {
      return;
    }
    short half = HalfFloats.toHalf(value);
    double error = Math.abs((double) HalfFloats.fromHalf(half) - value);
    for (int step : new int[] {-1, 1}) {
      if ((half & 0x7fff) + step >= 0) {
        double other = Math.abs((double) HalfFloats.fromHalf((short) (half + step)) - value);
        assertThat(error).isLessThanOrEqualTo(other);
        if (error == other) {
          assertThat(half & 1).isZero();
        }
      }
    }
  }
}
