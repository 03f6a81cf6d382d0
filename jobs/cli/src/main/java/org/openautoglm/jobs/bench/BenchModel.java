package org.openautoglm.jobs.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.models.CatalogModel;
import org.openautoglm.jobs.models.ModelCatalog;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.inference.onnx.OnnxModelProvider;

/** The real model of the benchmarks, bge-small-zh in fp32. */
record BenchModel(Path graph, ModelSpec spec, String yaml) {
  static final String NAME = "bge-small-zh";

  static BenchModel open(BenchmarkContext context) throws Exception {
    CatalogModel model = ModelCatalog.load().find(NAME).orElseThrow();
    Path directory = context.models().pull(model, context.words());
    String yaml =
        "- {model_name: %s, task_type: embedding, path: '%s', device: cpu}"
            .formatted(NAME, directory);
    JobConfiguration configuration = ConfigurationFile.parse("models:\n  " + yaml + "\n", Map.of());
    return new BenchModel(
        ModelDirectory.open(directory.toString()).graph(),
        configuration.models().get(0).toSpec(),
        yaml);
  }

  /** The tokens of texts, as the job prepares them. */
  List<int[]> rows(List<String> texts) throws Exception {
    List<int[]> rows = new ArrayList<>(texts.size());
    try (RowPreparer preparer = new OnnxModelProvider().preparer(spec)) {
      for (String text : texts) {
        rows.add(preparer.prepare(text));
      }
    }
    return rows;
  }
}
