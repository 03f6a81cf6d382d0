package org.openautoglm.jobs.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * A request of the demo.
 *
 * @param id the request's id
 * @param model what it asks
 * @param inputs its texts
 */
record DemoPrompt(String id, String model, List<String> inputs) {
  DemoPrompt {
    inputs = List.copyOf(inputs);
  }

  PromptLine toLine() {
    ObjectNode request = new ObjectMapper().createObjectNode();
    request.put("request_id", id);
    request.put("model_id", model);
    ArrayNode texts = request.putArray("inputs");
    inputs.forEach(texts::add);
    return new PromptLine(id, request.toString());
  }
}
