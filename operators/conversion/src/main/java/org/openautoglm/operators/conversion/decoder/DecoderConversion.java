package org.openautoglm.operators.conversion.decoder;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.openautoglm.operators.conversion.graph.OnnxModel;
import org.openautoglm.operators.conversion.graph.OnnxWriter;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.conversion.weights.CheckpointException;
import org.openautoglm.operators.conversion.weights.WeightFiles;

/**
 * From a decoder's directory (a checkpoint in safetensors, or an ONNX export) to the canonical
 * graph.
 */
public final class DecoderConversion {
  /** The file that is written; large weights lie beside it, in {@code model.onnx.data}. */
  public static final String GRAPH = "model.onnx";

  private DecoderConversion() {}

  /**
   * Whether a directory's {@code config.json} describes a decoder of a known family.
   *
   * @throws CheckpointException when the file is missing or is not JSON
   */
  public static boolean isDecoder(Path directory) throws IOException {
    return Families.know(ModelConfig.read(directory));
  }

  /**
   * Writes the graph, and nothing else of the directory.
   *
   * @param source with {@code config.json} and the weights
   * @param target a directory that is there and has no graph yet; left with part of one when this
   *     fails
   * @param metadata what is to stand in the graph's {@code metadata_props} beside {@code
   *     autoglm.graph}, {@code autoglm.weights} and {@code autoglm.max_positions}
   * @param progress hears of the weights as they are written
   * @throws CheckpointException when the source cannot be converted; before anything is written,
   *     and with what to do about it
   */
  public static void convert(
      Path source,
      Path target,
      WeightFormat format,
      Map<String, String> metadata,
      Progress progress)
      throws IOException {
    Decoder decoder = Families.describe(ModelConfig.read(source));
    DecoderWeights weights = new DecoderWeights(decoder, WeightFiles.open(source));
    OnnxModel model = new DecoderGraph(weights, format).build(metadata);
    OnnxWriter.write(model, target.resolve(GRAPH), progress);
  }
}
