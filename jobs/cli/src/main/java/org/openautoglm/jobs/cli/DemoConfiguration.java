package org.openautoglm.jobs.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.models.CatalogModel;
import org.openautoglm.jobs.models.ModelStore;

/** The configuration of a job that runs demo models, everything else as it is by default. */
final class DemoConfiguration {
  private static final int ANSWER_TOKENS = 96;

  private DemoConfiguration() {}

  static JobConfiguration of(List<CatalogModel> models, ModelStore store)
      throws ConfigurationException {
    // Through the same door as any other: JSON is YAML.
    ObjectNode tree = new ObjectMapper().createObjectNode();
    tree.put("checkpoint_interval", "250ms");
    ArrayNode list = tree.putArray("models");
    for (CatalogModel model : models) {
      ObjectNode entry =
          list.addObject()
              .put("model_name", model.name())
              .put("task_type", model.taskType())
              .put("path", store.path(model.name()).toAbsolutePath().toString())
              .set("quantize", model.quantize());
      if (model.taskType().equals("text_generation")) {
        entry.putObject("generation").put("max_new_tokens", ANSWER_TOKENS);
      }
    }
    return ConfigurationFile.parse(tree.toString(), Map.of());
  }
}
