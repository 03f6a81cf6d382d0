package org.openautoglm.schemas.json;

import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.Label;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Timings;
import org.openautoglm.schemas.wire.Usage;

/**
 * Writes a result as JSON in UTF-8, in the shape of the wire contract. {@code outputs} is always
 * there; any other field that has no value is left out. Belongs to one thread.
 */
public final class JsonResultWriter {
  private final JsonBuffer json = new JsonBuffer();

  /** The bytes of a results record. */
  public byte[] write(InferenceResult result) {
    json.beginObject()
        .text("request_id", result.getRequestId())
        .textUnlessEmpty("model_id", result.getModelId())
        .text("status", result.getStatus().name())
        .beginArray("outputs");
    for (int i = 0; i < result.getOutputsCount(); i++) {
      write(result.getOutputs(i));
    }
    json.endArray();
    if (result.hasError()) {
      JsonError.write(json, result.getError());
    }
    if (result.hasTimingsMs()) {
      write(result.getTimingsMs());
    }
    return json.endObject().take();
  }

  private void write(Output output) {
    json.beginObject().number("index", output.getIndex());
    if (output.getEmbeddingCount() > 0) {
      json.beginArray("embedding");
      // By index: the list would box every number.
      for (int i = 0; i < output.getEmbeddingCount(); i++) {
        json.number(output.getEmbedding(i));
      }
      json.endArray();
    }
    if (output.getLabelsCount() > 0) {
      json.beginArray("labels");
      for (int i = 0; i < output.getLabelsCount(); i++) {
        Label label = output.getLabels(i);
        json.beginObject()
            .text("label", label.getLabel())
            .number("score", label.getScore())
            .endObject();
      }
      json.endArray();
    }
    if (output.hasText()) {
      json.text("text", output.getText());
    }
    json.textUnlessEmpty("finish_reason", output.getFinishReason());
    if (output.hasUsage()) {
      write(output.getUsage());
    }
    if (output.hasError()) {
      JsonError.write(json, output.getError());
    }
    json.endObject();
  }

  private void write(Usage usage) {
    json.beginObject("usage")
        .number("prompt_tokens", usage.getPromptTokens())
        .number("completion_tokens", usage.getCompletionTokens())
        .endObject();
  }

  private void write(Timings timings) {
    json.beginObject("timings_ms")
        .millis("queue", timings.getQueue())
        .millis("window", timings.getWindow())
        .millis("inference", timings.getInference())
        .millis("total", timings.getTotal())
        .endObject();
  }
}
