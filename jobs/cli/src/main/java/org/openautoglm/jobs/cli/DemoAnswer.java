package org.openautoglm.jobs.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A result of the demo, told so that people see its sense: how alike texts are, and what class a
 * text has.
 *
 * @param result the result, as it stands in the results topic
 */
record DemoAnswer(JsonNode result) {

  static DemoAnswer parse(String json) throws JsonProcessingException {
    return new DemoAnswer(new ObjectMapper().readTree(json));
  }

  String requestId() {
    return result.path("request_id").asText();
  }

  boolean isOk() {
    return result.path("status").asText().equals("OK");
  }

  /** Lines for people. */
  String toText(DemoPrompt prompt) {
    String head =
        String.format(
            Locale.ROOT,
            "%s  (%s, %.1f ms on the device)",
            prompt.model(),
            prompt.id(),
            result.path("timings_ms").path("inference").asDouble());
    if (!isOk()) {
      JsonNode error = result.path("error");
      return head + "\n  " + error.path("code").asText() + ": " + error.path("message").asText();
    }
    List<String> lines = new ArrayList<>(List.of(head));
    JsonNode outputs = result.path("outputs");
    for (JsonNode output : outputs) {
      String text = prompt.inputs().get(output.path("index").asInt());
      JsonNode likeliest = output.path("labels").path(0);
      if (!likeliest.isMissingNode()) {
        lines.add(
            String.format(
                Locale.ROOT,
                "  %s → %s %.2f",
                text,
                likeliest.path("label").asText(),
                likeliest.path("score").asDouble()));
      }
    }
    addTexts(lines, prompt, outputs);
    addSimilarities(lines, prompt, outputs);
    return String.join("\n", lines);
  }

  private static void addTexts(List<String> lines, DemoPrompt prompt, JsonNode outputs) {
    for (JsonNode output : outputs) {
      if (output.has("text")) {
        lines.add("  " + prompt.inputs().get(output.path("index").asInt()));
        lines.add("    " + output.path("text").asText().replace("\n", "\n    "));
        lines.add(
            "    (%d tokens, %s)"
                .formatted(
                    output.path("usage").path("completion_tokens").asInt(),
                    output.path("finish_reason").asText()));
      }
    }
  }

  private static void addSimilarities(List<String> lines, DemoPrompt prompt, JsonNode outputs) {
    for (int i = 0; i < outputs.size(); i++) {
      for (int j = i + 1; j < outputs.size(); j++) {
        if (outputs.path(i).has("embedding")) {
          lines.add(
              String.format(
                  Locale.ROOT,
                  "  %5.2f  %s | %s",
                  cosine(outputs.path(i).path("embedding"), outputs.path(j).path("embedding")),
                  prompt.inputs().get(i),
                  prompt.inputs().get(j)));
        }
      }
    }
  }

  private static double cosine(JsonNode left, JsonNode right) {
    double product = 0;
    double leftSquares = 0;
    double rightSquares = 0;
    for (int i = 0; i < left.size(); i++) {
      double l = left.get(i).asDouble();
      double r = right.get(i).asDouble();
      product += l * r;
      leftSquares += l * l;
      rightSquares += r * r;
    }
    return product / Math.sqrt(leftSquares * rightSquares);
  }
}
