package org.openautoglm.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MeasurementReportTest {
  private static final Measurement RAW = Measurement.of("raw loop", 200, "texts/s");
  private static final Measurement OURS = Measurement.of("job", 190, "texts/s").over(RAW);

  @Test
  void oneObjectALineForPrograms() {
    assertThat(MeasurementReport.json(OURS))
        .isEqualTo(
            "{\"name\":\"job\",\"value\":190.0,\"unit\":\"texts/s\",\"ratio_to\":\"raw"
                + " loop\",\"ratio\":0.95}");
    assertThat(MeasurementReport.json(RAW))
        .isEqualTo(
            "{\"name\":\"raw loop\",\"value\":200.0,\"unit\":\"texts/s\",\"ratio_to\":null,\"ratio\":null}");
  }

  @Test
  void aTableForPeople() {
    assertThat(MeasurementReport.table(List.of(RAW, OURS)))
        .isEqualTo(
            """
            raw loop        200.00 texts/s
            job             190.00 texts/s   0.95 × raw loop
            """);
  }

  @Test
  void comparesOnlyLikeWithLike() {
    assertThatThrownBy(() -> OURS.over(Measurement.of("time", 1, "ms")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
