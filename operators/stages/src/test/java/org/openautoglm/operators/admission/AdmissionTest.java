package org.openautoglm.operators.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.DevicePreference;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RetrySpec;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.wire.Error;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.Parameters;

class AdmissionTest {
  private static final long NOW_US = 1_800_000_000_000_000L;

  private final Admission admission = new Admission(List.of(model("bge"), model("中文模型")));

  @Test
  void admitsKnownModels() {
    assertThat(refusal(request("bge"))).isEmpty();
    assertThat(refusal(request("中文模型"))).isEmpty();
  }

  @Test
  void refusesUnknownModelsAndNamesTheKnownOnes() {
    assertThat(refusal(request("gpt")))
        .hasValueSatisfying(
            error -> {
              assertThat(error.getCode()).isEqualTo("UNKNOWN_MODEL");
              assertThat(error.getMessage()).contains("\"gpt\"", "bge, 中文模型");
              assertThat(error.getRetryable()).isFalse();
            });
  }

  @Test
  void doesNotEchoHugeNames() {
    assertThat(refusal(request("x".repeat(1_000_000))).orElseThrow().getMessage().length())
        .isLessThan(300);
  }

  @Test
  void refusesParametersThatOnlyGenerationHas() {
    InferenceRequest.Builder request =
        request("bge")
            .setTemperature(0.7f)
            .setParameters(Parameters.newBuilder().setTopP(0.9f).addStop("\n"));
    assertThat(refusal(request))
        .hasValueSatisfying(
            error -> {
              assertThat(error.getCode()).isEqualTo("UNSUPPORTED_PARAMETER");
              assertThat(error.getMessage()).contains("temperature, top_p, stop", "embedding");
            });
  }

  @Test
  void letsThemThroughToAModelThatGenerates() {
    Admission ofChat = new Admission(List.of(model("chat", TaskType.TEXT_GENERATION)));
    InferenceRequest.Builder request =
        request("chat")
            .setTemperature(0.7f)
            .setParameters(Parameters.newBuilder().setTopP(0.9f).setSeed(3).addStop("\n"));
    assertThat(ofChat.refusal(prompt(request, NOW_US / 1000), 0, NOW_US)).isEmpty();
  }

  @Test
  void greedyTemperatureIsEveryTasksDefault() {
    assertThat(refusal(request("bge").setTemperature(0))).isEmpty();
  }

  @Test
  void refusesWhatIsAlreadyLate() {
    Prompt late = prompt(request("bge").setDeadlineMs(100), NOW_US / 1000 - 150);
    assertThat(admission.refusal(late, Admission.deadlineUs(late), NOW_US))
        .hasValueSatisfying(
            error -> {
              assertThat(error.getCode()).isEqualTo("DEADLINE_EXCEEDED");
              assertThat(error.getMessage()).contains("100 ms", "50 ms before");
              assertThat(error.getRetryable()).isTrue();
            });
    Prompt inTime = prompt(request("bge").setDeadlineMs(200), NOW_US / 1000 - 150);
    assertThat(admission.refusal(inTime, Admission.deadlineUs(inTime), NOW_US)).isEmpty();
  }

  @Test
  void countsTheDeadlineFromReadingWhereTheRecordHasNoTimestamp() {
    Prompt prompt = prompt(request("bge").setDeadlineMs(100), -1);
    assertThat(Admission.deadlineUs(prompt)).isEqualTo(NOW_US + 100_000);
  }

  /** With producers' own timestamps, which Kafka takes as they are. */
  @Test
  void saysThatADeadlineCannotCountFromATimestampInAnotherUnit() {
    long nowMs = 1_790_000_000_000L;
    Map<Long, String> units =
        Map.of(
            nowMs / 1000,
            "seconds",
            nowMs * 1000,
            "microseconds",
            nowMs * 1_000_000,
            "nanoseconds");
    units.forEach(
        (timestamp, unit) -> {
          Prompt.Builder prompt = prompt(request("bge").setDeadlineMs(100), timestamp).toBuilder();
          prompt.getOriginBuilder().setReceivedUs(nowMs * 1000);
          long deadlineUs = Admission.deadlineUs(prompt.build());
          assertThat(deadlineUs).isEqualTo(nowMs * 1000 + 100_000);
          assertThat(admission.refusal(prompt.build(), deadlineUs, nowMs * 1000))
              .hasValueSatisfying(
                  error -> {
                    assertThat(error.getCode()).isEqualTo("INVALID_REQUEST");
                    assertThat(error.getMessage())
                        .contains(" in " + unit, Long.toString(timestamp), "milliseconds");
                  });
          prompt.getRequestBuilder().clearDeadlineMs();
          assertThat(admission.refusal(prompt.build(), 0, nowMs * 1000)).isEmpty();
        });
  }

  @Test
  void noDeadlineIsZero() {
    assertThat(Admission.deadlineUs(prompt(request("bge"), 5))).isZero();
  }

  private Optional<Error> refusal(InferenceRequest.Builder request) {
    return admission.refusal(prompt(request, NOW_US / 1000), 0, NOW_US);
  }

  private static InferenceRequest.Builder request(String model) {
    return InferenceRequest.newBuilder().setModelId(model).addInputs("你好");
  }

  private static Prompt prompt(InferenceRequest.Builder request, long timestampMs) {
    Prompt.Builder prompt = Prompt.newBuilder().setRequest(request);
    prompt.getOriginBuilder().setReceivedUs(NOW_US).getSourceBuilder().setTimestampMs(timestampMs);
    return prompt.build();
  }

  private static ModelSpec model(String name) {
    return model(name, TaskType.EMBEDDING);
  }

  private static ModelSpec model(String name, TaskType task) {
    return new ModelSpec(
        name,
        task,
        "unused",
        DevicePreference.CPU,
        1,
        EncoderSpec.FROM_MODEL,
        new BatchingSpec(8, 512, 0, 64, BatchingSpec.Policy.FIRST_COME_FIRST_SERVED, 1000),
        new RetrySpec(3, 10, 100));
  }
}
