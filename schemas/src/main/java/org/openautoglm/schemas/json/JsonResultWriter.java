package org.openautoglm.schemas.json;

import static org.openautoglm.schemas.json.JsonName.COMPLETION_TOKENS;
import static org.openautoglm.schemas.json.JsonName.EMBEDDING;
import static org.openautoglm.schemas.json.JsonName.FINISH_REASON;
import static org.openautoglm.schemas.json.JsonName.INDEX;
import static org.openautoglm.schemas.json.JsonName.INFERENCE;
import static org.openautoglm.schemas.json.JsonName.LABEL;
import static org.openautoglm.schemas.json.JsonName.LABELS;
import static org.openautoglm.schemas.json.JsonName.MODEL_ID;
import static org.openautoglm.schemas.json.JsonName.OUTPUTS;
import static org.openautoglm.schemas.json.JsonName.PROMPT_TOKENS;
import static org.openautoglm.schemas.json.JsonName.QUEUE;
import static org.openautoglm.schemas.json.JsonName.REQUEST_ID;
import static org.openautoglm.schemas.json.JsonName.SCORE;
import static org.openautoglm.schemas.json.JsonName.STATUS;
import static org.openautoglm.schemas.json.JsonName.TEXT;
import static org.openautoglm.schemas.json.JsonName.TIMINGS_MS;
import static org.openautoglm.schemas.json.JsonName.TOTAL;
import static org.openautoglm.schemas.json.JsonName.USAGE;
import static org.openautoglm.schemas.json.JsonName.WINDOW;

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
        .text(REQUEST_ID, result.getRequestId())
        .textUnlessEmpty(MODEL_ID, result.getModelId())
        .text(STATUS, result.getStatus().name())
        .beginArray(OUTPUTS);
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
    json.beginObject().number(INDEX, output.getIndex());
    if (output.getEmbeddingCount() > 0) {
      json.beginArray(EMBEDDING);
      // By index: the list would box every number.
      for (int i = 0; i < output.getEmbeddingCount(); i++) {
        json.number(output.getEmbedding(i));
      }
      json.endArray();
    }
    if (output.getLabelsCount() > 0) {
      json.beginArray(LABELS);
      for (int i = 0; i < output.getLabelsCount(); i++) {
        Label label = output.getLabels(i);
        json.beginObject()
            .text(LABEL, label.getLabel())
            .number(SCORE, label.getScore())
            .endObject();
      }
      json.endArray();
    }
    if (output.hasText()) {
      json.text(TEXT, output.getText());
    }
    json.textUnlessEmpty(FINISH_REASON, output.getFinishReason());
    if (output.hasUsage()) {
      write(output.getUsage());
    }
    if (output.hasError()) {
      JsonError.write(json, output.getError());
    }
    json.endObject();
  }

  private void write(Usage usage) {
    json.beginObject(USAGE)
        .number(PROMPT_TOKENS, usage.getPromptTokens())
        .number(COMPLETION_TOKENS, usage.getCompletionTokens())
        .endObject();
  }

  private void write(Timings timings) {
    json.beginObject(TIMINGS_MS)
        .millis(QUEUE, timings.getQueue())
        .millis(WINDOW, timings.getWindow())
        .millis(INFERENCE, timings.getInference())
        .millis(TOTAL, timings.getTotal())
        .endObject();
  }
}
