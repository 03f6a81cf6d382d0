package org.openautoglm.operators.inference.model;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Chooses the ONNX graph among the files of a directory, the most exact first: {@code model.onnx},
 * {@code model_optimized.onnx}, {@code model_fp16.onnx}, {@code model_quantized.onnx}, each at the
 * top before the same in {@code onnx/}; otherwise the only {@code *.onnx} that there is.
 */
final class GraphFile {
  private static final List<String> PREFERRED =
      List.of("model.onnx", "model_optimized.onnx", "model_fp16.onnx", "model_quantized.onnx");

  private GraphFile() {}

  /**
   * The graph's path in the directory.
   *
   * @param files paths relative to the directory, with {@code /}
   */
  static Optional<String> choose(Collection<String> files, Problems problems) {
    for (String name : PREFERRED) {
      for (String path : List.of(name, "onnx/" + name)) {
        if (files.contains(path)) {
          return Optional.of(path);
        }
      }
    }
    List<String> others = files.stream().filter(GraphFile::isGraph).sorted().toList();
    if (others.size() == 1) {
      return Optional.of(others.get(0));
    }
    if (others.isEmpty()) {
      problems.add(
          "model.onnx",
          "is missing, and so is onnx/model.onnx",
          "convert a checkpoint in safetensors with `./autoglm models convert DIR --out DIR2`, or"
              + " export the model to ONNX");
    } else {
      problems.add(
          "model.onnx",
          "is missing, and it is not clear which of " + others + " to run",
          "rename the right one to model.onnx");
    }
    return Optional.empty();
  }

  /**
   * Whether a file may hold weights of the graph: ONNX keeps those of large models beside it, under
   * names that begin like the graph's.
   */
  static boolean isExternalData(String file, String graph) {
    String stem = graph.substring(0, graph.length() - ".onnx".length());
    return file.startsWith(stem)
        && !file.endsWith(".onnx")
        && !file.endsWith(".safetensors")
        && !file.endsWith(".json");
  }

  private static boolean isGraph(String path) {
    String inner = path.startsWith("onnx/") ? path.substring("onnx/".length()) : path;
    return inner.endsWith(".onnx") && inner.indexOf('/') < 0;
  }
}
