package org.openautoglm.schemas.json;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.Label;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Timings;
import org.openautoglm.schemas.wire.Usage;

/**
 * Writes a result as JSON in UTF-8, in the shape of the wire contract. {@code outputs} is always
 * there; any other field that has no value is left out. Thread-safe.
 */
public final class JsonResultWriter {

  /** The bytes of a results record. */
  public byte[] write(InferenceResult result) {
    return JsonBytes.of(json -> write(json, result));
  }

  private static void write(JsonGenerator json, InferenceResult result) throws IOException {
    json.writeStartObject();
    json.writeStringField("request_id", result.getRequestId());
    JsonBytes.textUnlessEmpty(json, "model_id", result.getModelId());
    json.writeStringField("status", result.getStatus().name());
    json.writeArrayFieldStart("outputs");
    for (int i = 0; i < result.getOutputsCount(); i++) {
      write(json, result.getOutputs(i));
    }
    json.writeEndArray();
    if (result.hasError()) {
      JsonBytes.error(json, result.getError());
    }
    if (result.hasTimingsMs()) {
      write(json, result.getTimingsMs());
    }
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Output output) throws IOException {
    json.writeStartObject();
    json.writeNumberField("index", output.getIndex());
    if (output.getEmbeddingCount() > 0) {
      json.writeArrayFieldStart("embedding");
      // By index: the list would box every number.
      for (int i = 0; i < output.getEmbeddingCount(); i++) {
        json.writeNumber(output.getEmbedding(i));
      }
      json.writeEndArray();
    }
    if (output.getLabelsCount() > 0) {
      json.writeArrayFieldStart("labels");
      for (int i = 0; i < output.getLabelsCount(); i++) {
        Label label = output.getLabels(i);
        json.writeStartObject();
        json.writeStringField("label", label.getLabel());
        json.writeNumberField("score", label.getScore());
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    if (output.hasText()) {
      json.writeStringField("text", output.getText());
    }
    JsonBytes.textUnlessEmpty(json, "finish_reason", output.getFinishReason());
    if (output.hasUsage()) {
      write(json, output.getUsage());
    }
    if (output.hasError()) {
      JsonBytes.error(json, output.getError());
    }
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Usage usage) throws IOException {
    json.writeObjectFieldStart("usage");
    json.writeNumberField("prompt_tokens", usage.getPromptTokens());
    json.writeNumberField("completion_tokens", usage.getCompletionTokens());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Timings timings) throws IOException {
    json.writeObjectFieldStart("timings_ms");
    Millis.write(json, "queue", timings.getQueue());
    Millis.write(json, "window", timings.getWindow());
    Millis.write(json, "inference", timings.getInference());
    Millis.write(json, "total", timings.getTotal());
    json.writeEndObject();
  }
}
