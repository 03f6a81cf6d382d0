package org.openautoglm.operators.conversion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.Initializer;
import org.openautoglm.operators.conversion.graph.OnnxFile;
import org.openautoglm.operators.conversion.graph.Op;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.conversion.testing.GraphRun;

/** Weights by their PyTorch names from graphs that lost the names or turned the weights. */
class OnnxWeightsTest {
  /** [in 3, out 2], as MatMul has it. */
  private static final float[] TURNED = {1, 2, 3, 4, 5, 6};

  /** [out 2, in 3], as PyTorch has it. */
  private static final float[] WEIGHT = {1, 3, 5, 2, 4, 6};

  @TempDir Path folder;

  @Test
  void anAnonymousWeightIsNamedByItsNode() throws IOException {
    ExportBuilder export = new ExportBuilder(3);
    export.node(
        "MatMul",
        "/model/layers.0/self_attn/q_proj/MatMul",
        export.last(),
        export.floats("onnx::MatMul_12", TURNED, 3, 2));
    assertThat(weight(export, "model.layers.0.self_attn.q_proj.weight", 2, 3))
        .containsExactly(WEIGHT);
  }

  @Test
  void aWeightWithItsOwnNameBehindATransposeIsTakenAsItIs() throws IOException {
    ExportBuilder export = new ExportBuilder(3);
    String weight = export.floats("model.q_proj.weight", WEIGHT, 2, 3);
    String turned = export.graph.node(Op.of("Transpose").withAll("perm", 1, 0), weight);
    export.node("MatMul", "node_MatMul_3", export.last(), turned);
    assertThat(weight(export, "model.q_proj.weight", 2, 3)).containsExactly(WEIGHT);
  }

  @Test
  void aTableSharedWithTheHeadIsBoth() throws IOException {
    ExportBuilder export = new ExportBuilder(3);
    String table = export.floats("model.embed_tokens.weight", WEIGHT, 2, 3);
    export.node("Gather", "/model/embed_tokens/Gather", table, export.graph.constants(0));
    String turned = export.graph.node(Op.of("Transpose").withAll("perm", 1, 0), table);
    export.node("MatMul", "/lm_head/MatMul", export.last(), turned);
    Path file = export.write(folder.resolve("model.onnx"));
    WeightSource source = OnnxWeights.open(file);
    assertThat(source.require("model.embed_tokens.weight", 2, 3).values()).containsExactly(WEIGHT);
    assertThat(source.require("lm_head.weight", 2, 3).values()).containsExactly(WEIGHT);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void gemmIsReadEitherWay(boolean turnedByGemm) throws IOException {
    ExportBuilder export = new ExportBuilder(3);
    String weight =
        turnedByGemm
            ? export.floats("onnx::Gemm_7", WEIGHT, 2, 3)
            : export.floats("onnx::Gemm_7", TURNED, 3, 2);
    String bias = export.floats("onnx::Gemm_8", new float[] {7, 8}, 2);
    export.graph.node(
        NodeProto.newBuilder()
            .setOpType("Gemm")
            .setName("/head/dense/Gemm")
            .addInput(export.last())
            .addInput(weight)
            .addInput(bias)
            .addOutput("y")
            .addAttribute(
                AttributeProto.newBuilder()
                    .setName("transB")
                    .setType(AttributeProto.AttributeType.INT)
                    .setI(turnedByGemm ? 1 : 0))
            .build());
    Path file = export.write(folder.resolve("model.onnx"), "y");
    assertThat(OnnxWeights.open(file).require("head.dense.weight", 2, 3).values())
        .containsExactly(WEIGHT);
    assertThat(OnnxWeights.open(file).require("head.dense.bias", 2).values()).containsExactly(7, 8);
  }

  @Test
  void normsStoredOnceAreFoundByEveryNode() throws IOException {
    ExportBuilder export = new ExportBuilder(2);
    String factors = export.floats("model.layers.0.input_layernorm.weight", new float[] {3, 4}, 2);
    export.node("Mul", "/model/layers.0/input_layernorm/Mul_1", export.last(), factors);
    export.node("Mul", "/model/layers.1/input_layernorm/Mul_1", export.last(), factors);
    export.node(
        "Add",
        "/model/layers.1/q_proj/Add",
        export.last(),
        export.floats("onnx::Add_5", new float[] {5, 6}, 2));
    Path file = export.write(folder.resolve("model.onnx"));
    WeightSource source = OnnxWeights.open(file);
    assertThat(source.require("model.layers.1.input_layernorm.weight", 2).values())
        .containsExactly(3, 4);
    assertThat(source.require("model.layers.1.q_proj.bias", 2).values()).containsExactly(5, 6);
  }

  @Test
  void dynamicInt8WithOneScaleIsDequantized() throws Exception {
    ExportBuilder export = new ExportBuilder(3);
    export.dynamicInt8(
        "/model/q_proj/MatMul",
        export.last(),
        export.bytes(
            "onnx::MatMul_9_quantized", ElementType.INT8, new int[] {1, -2, 3, -4, 5, -6}, 3, 2),
        export.floats("onnx::MatMul_9_scale", new float[] {0.5f}),
        export.bytes("onnx::MatMul_9_zero_point", ElementType.INT8, new int[] {-1}));
    assertThat(weight(export, "model.q_proj.weight", 2, 3))
        .containsExactly(1, 2, 3, -0.5f, -1.5f, -2.5f);
    assertDequantizedExportMultipliesWith(1, 2, 3, -0.5f, -1.5f, -2.5f);
  }

  @Test
  void dynamicInt8WithAScaleForEachColumnIsDequantized() throws Exception {
    ExportBuilder export = new ExportBuilder(3);
    export.dynamicInt8(
        "/model/q_proj/MatMul",
        export.last(),
        export.bytes(
            "onnx::MatMul_9_quantized",
            ElementType.UINT8,
            new int[] {130, 5, 128, 15, 127, 255},
            3,
            2),
        export.floats("onnx::MatMul_9_scale", new float[] {0.5f, 2}, 2),
        export.bytes("onnx::MatMul_9_zero_point", ElementType.UINT8, new int[] {128, 10}, 2));
    assertThat(weight(export, "model.q_proj.weight", 2, 3))
        .containsExactly(1, 0, -0.5f, -10, 10, 490);
    assertDequantizedExportMultipliesWith(1, 0, -0.5f, -10, 10, 490);
  }

  @Test
  void dynamicInt8WithoutZeroPointIsDequantized() throws Exception {
    ExportBuilder export = new ExportBuilder(3);
    export.dynamicInt8(
        "/model/q_proj/MatMul",
        export.last(),
        export.bytes("w_quantized", ElementType.INT8, new int[] {1, -2, 3, -4, 5, -6}, 3, 2),
        export.floats("w_scale", new float[] {2}),
        "");
    assertThat(weight(export, "model.q_proj.weight", 2, 3)).containsExactly(2, 6, 10, -4, -8, -12);
    assertDequantizedExportMultipliesWith(2, 6, 10, -4, -8, -12);
  }

  @Test
  void aQuantizedTableIsDequantized() throws IOException {
    ExportBuilder export = new ExportBuilder(3);
    String table =
        export.bytes(
            "model.embed_tokens.weight_quantized",
            ElementType.UINT8,
            new int[] {130, 128, 127, 0, 255, 1},
            2,
            3);
    String rows =
        export.node("Gather", "/model/embed_tokens/Gather", table, export.graph.constants(0, 1));
    export.node(
        "DequantizeLinear",
        "/model/embed_tokens/Gather_output_0_DequantizeLinear",
        rows,
        export.floats("scale", new float[] {0.5f}),
        export.bytes("zero", ElementType.UINT8, new int[] {128}));
    assertThat(weight(export, "model.embed_tokens.weight", 2, 3))
        .containsExactly(1, 0, -0.5f, -64, 63.5f, -63.5f);
  }

  @Test
  void halfPrecisionBehindACastIsRead() throws IOException {
    ExportBuilder export = new ExportBuilder(2);
    byte[] halves = {0, 0x3c, 0, 0x40, 0, 0x42, 0, 0x44};
    String weight =
        export.graph.initializer(
            Initializer.of("onnx::MatMul_3", ElementType.FLOAT16, halves, 2, 2));
    String wide = export.graph.node(Op.of("Cast").with("to", ElementType.FLOAT.code()), weight);
    export.node("MatMul", "/model/q_proj/MatMul", export.last(), wide);
    assertThat(weight(export, "model.q_proj.weight", 2, 2)).containsExactly(1, 3, 2, 4);
  }

  @Test
  void refusesAProductThatIsNotRescaledAsItShouldBe() throws IOException {
    ExportBuilder export = new ExportBuilder(3);
    export.dynamicInt8(
        "/model/q_proj/MatMul",
        export.last(),
        export.bytes("w", ElementType.INT8, new int[6], 3, 2),
        export.floats("s", new float[3], 3),
        "");
    Path file = export.write(folder.resolve("model.onnx"));
    assertThatThrownBy(() -> OnnxWeights.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "model.onnx: /model/q_proj/MatMul_quant is not followed by Cast and Mul as dynamic"
                + " quantisation writes it; export the model in fp32 or fp16");
  }

  private float[] weight(ExportBuilder export, String name, long... shape) throws IOException {
    Path file = export.write(folder.resolve("model.onnx"));
    return OnnxWeights.open(file).require(name, shape).values();
  }

  /** The graph without int8 gives exactly the columns of the weight for rows of the unit matrix. */
  private void assertDequantizedExportMultipliesWith(float... weight) throws Exception {
    Path target = folder.resolve("dequantized.onnx");
    assertThat(DequantizedExport.write(folder.resolve("model.onnx"), target, Progress.SILENT))
        .isEqualTo(1);
    OnnxFile written = OnnxFile.open(target);
    assertThat(written.graph().getNodeList())
        .extracting(node -> node.getOpType())
        .containsExactly("MatMul");
    assertThat(written.tensors()).hasSize(1);
    float[] product;
    try (GraphRun run = new GraphRun(target)) {
      run.with("x", new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3);
      product = run.floats(written.graph().getOutput(0).getName());
    }
    for (int in = 0; in < 3; in++) {
      for (int out = 0; out < 2; out++) {
        assertThat(product[in * 2 + out]).isEqualTo(weight[out * 3 + in]);
      }
    }
  }
}
