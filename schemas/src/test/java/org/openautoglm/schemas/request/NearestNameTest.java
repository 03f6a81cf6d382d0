package org.openautoglm.schemas.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestNameTest {
  private static final List<String> KNOWN =
      List.of("model_id", "inputs", "max_new_tokens", "parameters.temperature");

  @Test
  void findsWhatWasMisspelt() {
    assertThat(NearestName.of("input", KNOWN)).contains("inputs");
    assertThat(NearestName.of("modelId", KNOWN)).contains("model_id");
    assertThat(NearestName.of("MODEL-ID", KNOWN)).contains("model_id");
    assertThat(NearestName.of("model", KNOWN)).contains("model_id");
    assertThat(NearestName.of("max_tokens", KNOWN)).contains("max_new_tokens");
    assertThat(NearestName.of("temprature", KNOWN)).contains("parameters.temperature");
  }

  @Test
  void proposesNothingForWhatIsFarFromAll() {
    assertThat(NearestName.of("", KNOWN)).isEmpty();
    assertThat(NearestName.of("n", KNOWN)).isEmpty();
    assertThat(NearestName.of("prompt", KNOWN)).isEmpty();
    assertThat(NearestName.of("x".repeat(1_000_000), KNOWN)).isEmpty();
  }
}
