package org.openautoglm.operators.conversion.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.conversion.check.ConversionReport.Figure;
import org.openautoglm.operators.conversion.check.ConversionReport.Finding;

class ConversionReportTest {
  private final ConversionReport report =
      new ConversionReport(
          "decoder-1",
          "int8",
          "abc",
          1,
          "model.onnx",
          List.of(
              new Figure("size", "MB", OptionalDouble.of(100), 33),
              new Figure("perplexity", "", OptionalDouble.empty(), 1234.5)),
          List.of(new Finding("batches", "34 of 34 rows as alone", Map.of("rows_same", 34.0))));

  @Test
  void aTableForPeople() {
    assertThat(report.table())
        .containsExactly(
            "                             original          converted    ratio",
            "size                        100.00 MB           33.00 MB    0.330",
            "perplexity                          -           1,234.50        -",
            "batches            34 of 34 rows as alone",
            "original           model.onnx");
  }

  @Test
  void jsonForPrograms() throws Exception {
    JsonNode json = new ObjectMapper().readTree(report.json());
    assertThat(json.path("weights").asText()).isEqualTo("int8");
    assertThat(json.at("/figures/size/ratio").asDouble()).isEqualTo(0.33);
    assertThat(json.at("/figures/perplexity/original").isNull()).isTrue();
    assertThat(json.at("/findings/batches/rows_same").isIntegralNumber()).isTrue();
    assertThat(json.at("/findings/batches/words").asText()).isEqualTo("34 of 34 rows as alone");
  }
}
