package org.openautoglm.operators.conversion.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the weights of a model directory. */
public final class WeightFiles {
  /** The most exact first, as the engine chooses among them. */
  private static final List<String> GRAPHS =
      List.of("model.onnx", "model_optimized.onnx", "model_fp16.onnx", "model_quantized.onnx");

  private WeightFiles() {}

  /**
   * Opens a directory's safetensors, or else the initialisers of its ONNX export.
   *
   * @throws CheckpointException when there are neither, or when they are damaged
   */
  public static WeightSource open(Path directory) throws IOException {
    if (Safetensors.in(directory)) {
      return Safetensors.open(directory);
    }
    Optional<Path> graph = graph(directory);
    if (graph.isPresent()) {
      return OnnxWeights.open(graph.get());
    }
    throw new CheckpointException(
        directory
            + " has neither model.safetensors, model.safetensors.index.json nor an ONNX export"
            + " (model.onnx, onnx/model.onnx); download the model again, or save it as safetensors"
            + " with save_pretrained()");
  }

  /** The ONNX export of a directory, the only one or the one of a usual name. */
  public static Optional<Path> graph(Path directory) throws IOException {
    for (String name : GRAPHS) {
      for (Path path : List.of(directory.resolve(name), directory.resolve("onnx").resolve(name))) {
        if (Files.isRegularFile(path)) {
          return Optional.of(path);
        }
      }
    }
    List<Path> others;
    try (Stream<Path> found = Files.find(directory, 2, (path, attributes) -> isGraph(path))) {
      others = found.toList();
    }
    return others.size() == 1 ? Optional.of(others.get(0)) : Optional.empty();
  }

  private static boolean isGraph(Path path) {
    return path.toString().endsWith(".onnx") && Files.isRegularFile(path);
  }
}
