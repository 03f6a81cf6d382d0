package org.openautoglm.jobs.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Texts as requests in JSON, one text each. */
final class PromptValues {
  private static final ObjectMapper JSON = new ObjectMapper();

  private PromptValues() {}

  static List<byte[]> of(String model, List<String> texts) throws IOException {
    List<byte[]> values = new ArrayList<>(texts.size());
    for (int i = 0; i < texts.size(); i++) {
      values.add(of(model, "b-" + i, texts.get(i)));
    }
    return values;
  }

  static byte[] of(String model, String id, String text) throws IOException {
    ObjectNode request = JSON.createObjectNode();
    request.put("request_id", id).put("model_id", model).putArray("inputs").add(text);
    return JSON.writeValueAsBytes(request);
  }
}
