package org.openautoglm.schemas.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.Label;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Status;
import org.openautoglm.schemas.wire.Timings;
import org.openautoglm.schemas.wire.Usage;

class JsonResultWriterTest {
  private final JsonResultWriter writer = new JsonResultWriter();

  @Test
  void writesEveryFieldOfTheContract() {
    InferenceResult result =
        InferenceResult.newBuilder()
            .setRequestId("r-17")
            .setModelId("bge-small-zh")
            .setStatus(Status.PARTIAL)
            .addOutputs(Output.newBuilder().addEmbedding(0.1f).addEmbedding(-3e-9f))
            .addOutputs(
                Output.newBuilder()
                    .setIndex(1)
                    .addLabels(Label.newBuilder().setLabel("好").setScore(0.98f)))
            .addOutputs(
                Output.newBuilder()
                    .setIndex(2)
                    .setText("")
                    .setFinishReason("stop")
                    .setUsage(Usage.newBuilder().setPromptTokens(12).setCompletionTokens(0)))
            .addOutputs(
                Output.newBuilder()
                    .setIndex(3)
                    .setError(FailureCode.PROMPT_TOO_LONG.error("input 3 has 9,001 tokens")))
            .setError(FailureCode.PROMPT_TOO_LONG.error("input 3 has 9,001 tokens"))
            .setTimingsMs(
                Timings.newBuilder()
                    .setQueue(3.1)
                    .setWindow(1.80049)
                    .setInference(9.6996)
                    .setTotal(0))
            .build();

    assertThat(written(result))
        .isEqualTo(
            """
            {"request_id":"r-17","model_id":"bge-small-zh","status":"PARTIAL","outputs":[\
            {"index":0,"embedding":[0.1,-3.0E-9]},\
            {"index":1,"labels":[{"label":"好","score":0.98}]},\
            {"index":2,"text":"","finish_reason":"stop",\
            "usage":{"prompt_tokens":12,"completion_tokens":0}},\
            {"index":3,"error":{"code":"PROMPT_TOO_LONG","message":"input 3 has 9,001 tokens",\
            "retryable":false}}],\
            "error":{"code":"PROMPT_TOO_LONG","message":"input 3 has 9,001 tokens",\
            "retryable":false},\
            "timings_ms":{"queue":3.1,"window":1.8,"inference":9.7,"total":0.0}}""");
  }

  @Test
  void leavesOutWhatIsAbsentButNotTheOutputs() {
    InferenceResult result =
        InferenceResult.newBuilder()
            .setRequestId("r")
            .setStatus(Status.ERROR)
            .setError(FailureCode.MODEL_UNAVAILABLE.error("later"))
            .build();

    assertThat(written(result))
        .isEqualTo(
            """
            {"request_id":"r","status":"ERROR","outputs":[],\
            "error":{"code":"MODEL_UNAVAILABLE","message":"later","retryable":true}}""");
  }

  @Test
  void saysHowLongToWaitWhereThatIsKnown() {
    InferenceResult result =
        InferenceResult.newBuilder()
            .setRequestId("r")
            .setStatus(Status.ERROR)
            .setError(FailureCode.OVERLOADED.error("later").toBuilder().setRetryAfterMs(1_500))
            .build();

    assertThat(written(result))
        .isEqualTo(
            """
            {"request_id":"r","status":"ERROR","outputs":[],\
            "error":{"code":"OVERLOADED","message":"later","retryable":true,"retry_after_ms":1500}}""");
  }

  @Test
  void writesTextsThatAnyParserReadsBack() throws IOException {
    for (String text :
        new String[] {
          "",
          "你好😀𠮷",
          "\"\\/\b\f\n\r\t\u0000\u001f",
          "\u2028\ufeff",
          "😀".repeat(300_000),
          "汉".repeat(8_001)
        }) {
      InferenceResult result =
          InferenceResult.newBuilder()
              .setRequestId(text)
              .addOutputs(Output.newBuilder().setText(text))
              .build();

      JsonNode read = new ObjectMapper().readTree(writer.write(result));

      assertThat(read.get("request_id").textValue()).isEqualTo(text);
      assertThat(read.get("outputs").get(0).get("text").textValue()).isEqualTo(text);
    }
  }

  @Test
  void writesFloatsThatReadBackToTheSameBits() throws IOException {
    Output.Builder output = Output.newBuilder();
    float[] vector = {
      0f, -0f, 1f, 0.1f, -0.12345678f, Float.MIN_VALUE, Float.MAX_VALUE, 1e-7f, 16777216f
    };
    for (float number : vector) {
      output.addEmbedding(number);
    }

    JsonNode read =
        new ObjectMapper()
            .readTree(writer.write(InferenceResult.newBuilder().addOutputs(output).build()));

    JsonNode embedding = read.get("outputs").get(0).get("embedding");
    assertThat(embedding).hasSize(vector.length);
    for (int i = 0; i < vector.length; i++) {
      assertThat(Float.parseFloat(embedding.get(i).asText())).isEqualTo(vector[i]);
    }
  }

  @Test
  void writesEmojiAsThemselvesAndNeverThrowsForHalfOfOne() throws IOException {
    assertThat(written(InferenceResult.newBuilder().setRequestId("😀").build())).contains("😀");
    for (String half : new String[] {"\ud83d", "a\ud83d", "\ud83da", "\ude00\ud83d", "\ude00😀"}) {
      for (String text : new String[] {half, half + "x".repeat(10_000), "x".repeat(7_999) + half}) {
        InferenceResult result = InferenceResult.newBuilder().setRequestId(text).build();

        assertThat(ByteString.copyFrom(writer.write(result)).isValidUtf8()).as(text).isTrue();
        assertThat(new ObjectMapper().readTree(writer.write(result)).get("outputs")).isEmpty();
      }
    }
  }

  private String written(InferenceResult result) {
    return new String(writer.write(result), UTF_8);
  }
}
