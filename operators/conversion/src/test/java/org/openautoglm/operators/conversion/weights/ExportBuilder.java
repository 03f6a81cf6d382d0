package org.openautoglm.operators.conversion.weights;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.openautoglm.operators.conversion.graph.Dim;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.Initializer;
import org.openautoglm.operators.conversion.graph.OnnxWriter;
import org.openautoglm.operators.conversion.graph.Op;
import org.openautoglm.operators.conversion.graph.Progress;

/** Small graphs whose weights are called and placed as exporters do it. */
final class ExportBuilder {
  final GraphBuilder graph = new GraphBuilder("export", 18);
  private String last;

  ExportBuilder(int width) {
    last = graph.input("x", ElementType.FLOAT, Dim.free("rows"), Dim.of(width));
  }

  String last() {
    return last;
  }

  String floats(String name, float[] values, long... shape) {
    return graph.initializer(Initializer.of(name, values, shape));
  }

  String bytes(String name, ElementType type, int[] values, long... shape) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return graph.initializer(Initializer.of(name, type, bytes, shape));
  }

  /** Adds a node with exactly this name. */
  String node(String type, String name, String... inputs) {
    String output = name + "_output_0";
    graph.node(
        NodeProto.newBuilder()
            .setOpType(type)
            .setName(name)
            .addAllInput(List.of(inputs))
            .addOutput(output)
            .build());
    last = output;
    return output;
  }

  /**
   * A product in dynamic int8, as ONNX Runtime's quantiser leaves it.
   *
   * @param name the node that there was: {@code /a/q_proj/MatMul}
   * @param zeroPoint the initialiser, or empty
   */
  String dynamicInt8(String name, String x, String weight, String scale, String zeroPoint) {
    List<String> quantized = graph.nodes(Op.of("DynamicQuantizeLinear"), 3, x);
    String factors = node("Mul", name + "_quant_scales_mul", quantized.get(1), scale);
    String[] inputs =
        zeroPoint.isEmpty()
            ? new String[] {quantized.get(0), weight, quantized.get(2)}
            : new String[] {quantized.get(0), weight, quantized.get(2), zeroPoint};
    String sums = node("MatMulInteger", name + "_quant", inputs);
    String cast = graph.node(Op.of("Cast").with("to", ElementType.FLOAT.code()), sums);
    return node("Mul", name + "_quant_output_scale_mul", cast, factors);
  }

  Path write(Path file) throws IOException {
    return write(file, last);
  }

  Path write(Path file, String output) throws IOException {
    graph.output(output, ElementType.FLOAT, Dim.free("rows"), Dim.free("width"));
    OnnxWriter.write(graph.build(Map.of()), file, Progress.SILENT);
    return file;
  }
}
