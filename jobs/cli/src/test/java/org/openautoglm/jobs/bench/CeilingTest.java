package org.openautoglm.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CeilingTest {
  private final List<String> warnings = new ArrayList<>();

  @Test
  void ratiosAreToTheMeanOfBothSides() {
    List<Measurement> report = new Ceiling("raw", 100, 108, "texts/s").report(warnings::add);

    assertThat(report.get(0)).isEqualTo(Measurement.of("raw", 104, "texts/s"));
    assertThat(report.get(1).name()).isEqualTo("raw/drift");
    assertThat(report.get(1).value()).isCloseTo(8, within(1e-9));
    assertThat(report.get(1).unit()).isEqualTo("%");
    assertThat(warnings).isEmpty();
  }

  @Test
  void driftOfMoreThanATenthIsSaid() {
    List<Measurement> report = new Ceiling("raw", 100, 85, "texts/s").report(warnings::add);

    assertThat(report.get(1).value()).isCloseTo(-15, within(1e-9));
    assertThat(warnings).singleElement().asString().contains("raw", "100.0", "85.0", "-15 %");
  }

  @Test
  void aPaceOfNothingIsNone() {
    assertThatThrownBy(() -> new Ceiling("raw", 0, 85, "texts/s"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("raw");
  }
}
