package org.openautoglm.jobs.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.models.ModelCatalog;
import org.openautoglm.operators.conversion.Conversion;
import org.openautoglm.operators.conversion.Weights;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.conversion.weights.DequantizedExport;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.inference.onnx.OnnxGraphRuntime;
import org.openautoglm.operators.inference.onnx.OnnxModelProvider;

/**
 * The demo's chat model without a token that ends a text, so that every answer is as long as was
 * asked for: as exported with its dynamic int8 undone, as the job converts it to int8, and in fp32.
 *
 * @param exported the exporter's graph in fp32
 * @param converted the job's graph in int8
 * @param floats the directory of the same in fp32
 * @param spec the model, converted to int8 when it is loaded
 */
record EndlessChatModel(Path exported, Path converted, Path floats, ModelSpec spec) {
  static final String NAME = "minimind2-small";

  /** The padding token, which is never the likeliest. */
  private static final int NEVER = 0;

  private static final ObjectMapper JSON = new ObjectMapper();

  static EndlessChatModel open(BenchmarkContext context) throws Exception {
    Path source =
        context.models().pull(ModelCatalog.load().find(NAME).orElseThrow(), context.words());
    Path endless = copy(source, context.directory().resolve("endless"));
    Path exported =
        Files.createDirectory(context.directory().resolve("exported")).resolve("model.onnx");
    DequantizedExport.write(
        ModelDirectory.open(source.toString()).graph(), exported, Progress.SILENT);
    ModelSpec spec =
        ConfigurationFile.parse("models:\n" + yaml(endless, true, 32).indent(2), Map.of())
            .models()
            .get(0)
            .toSpec();
    context.words().accept("generation: converting the model to int8, unless that is done already");
    Path converted = OnnxModelProvider.directory(spec).graph();
    context.words().accept("generation: converting the model to fp32");
    Path floats = context.directory().resolve("floats");
    Conversion.run(
        Conversion.Request.of(endless, floats, Weights.FP32), new OnnxGraphRuntime(), words -> {});
    return new EndlessChatModel(exported, converted, floats, spec);
  }

  /** The model in the job's configuration, in int8, with so many slots. */
  String yaml(int slots) {
    return yaml(Path.of(spec.path()), true, slots);
  }

  /** The model in the job's configuration, in fp32, with so many slots. */
  String yamlOfFloats(int slots) {
    return yaml(floats, false, slots);
  }

  private static String yaml(Path directory, boolean isQuantized, int slots) {
    return """
        - {model_name: %s, task_type: text_generation, path: '%s', quantize: %s, device: cpu, \
        generation: {slots: %d}}"""
        .formatted(NAME, directory, isQuantized, slots);
  }

  /** The graph in fp32. */
  Path floatsGraph() {
    return floats.resolve("model.onnx");
  }

  RowPreparer preparer() throws Exception {
    return new OnnxModelProvider().preparer(spec);
  }

  private static Path copy(Path source, Path target) throws IOException {
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.toList()) {
        Path copied = target.resolve(source.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copied);
        } else {
          Files.copy(file, copied);
        }
      }
    }
    // What a directory's checksums said is no longer so.
    Files.deleteIfExists(target.resolve("SHA256SUMS"));
    edit(target.resolve("generation_config.json"), json -> json.put("eos_token_id", NEVER));
    edit(target.resolve("tokenizer_config.json"), json -> json.remove(List.of("eos_token")));
    return target;
  }

  private interface Edit {
    void of(ObjectNode json);
  }

  private static void edit(Path file, Edit edit) throws IOException {
    ObjectNode json = (ObjectNode) JSON.readTree(file.toFile());
    edit.of(json);
    JSON.writeValue(file.toFile(), json);
  }
}
