package org.openautoglm.schemas.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class MillisTest {
  @Test
  void hasAtMostThreeDecimalsAndAtLeastOne() {
    assertThat(written(0)).isEqualTo("0.0");
    assertThat(written(0.0004)).isEqualTo("0.0");
    assertThat(written(0.0005)).isEqualTo("0.001");
    assertThat(written(1.5)).isEqualTo("1.5");
    assertThat(written(10)).isEqualTo("10.0");
    assertThat(written(1200.05)).isEqualTo("1200.05");
    assertThat(written(999_999_999_999.9)).isEqualTo("999999999999.9");
  }

  @Test
  void isANumberForWhateverClocksSay() {
    assertThat(written(-3.00049)).isEqualTo("-3.0");
    assertThat(written(Double.NaN)).isEqualTo("0.0");
    assertThat(Double.parseDouble(written(1e12))).isEqualTo(1e12);
    assertThat(Double.parseDouble(written(Double.POSITIVE_INFINITY))).isPositive();
  }

  @Property
  void isTheValueToHalfAMicrosecond(@ForAll @DoubleRange(max = 1e9) double millis) {
    assertThat(Double.parseDouble(written(millis))).isCloseTo(millis, within(0.000_501));
  }

  private static String written(double millis) {
    byte[] json = new JsonBuffer().beginObject().millis(JsonName.TOTAL, millis).endObject().take();
    String text = new String(json, UTF_8);
    return text.substring("{\"total\":".length(), text.length() - 1);
  }
}
