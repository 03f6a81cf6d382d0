package org.openautoglm.operators.conversion.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.conversion.testing.GraphRun;
import org.openautoglm.operators.testing.TestModels;

/** What is written is read back the same, and ONNX Runtime runs it. */
class OnnxRoundTripTest {
  private static final long EMBEDDED = Long.MAX_VALUE;
  private static final long EXTERNAL = 0;

  @TempDir private Path directory;

  @Test
  void weightsInsideOfTheModel() throws Exception {
    assertRoundTrip(EMBEDDED);
    assertThat(directory.resolve("model.onnx.data")).doesNotExist();
  }

  @Test
  void weightsInADataFile() throws Exception {
    assertRoundTrip(EXTERNAL);
    assertThat(Files.size(directory.resolve("model.onnx"))).isLessThan(4096);
    assertThat(Files.size(directory.resolve("model.onnx.data"))).isEqualTo(64 * 64 * 4);
  }

  private void assertRoundTrip(long embeddedMaxBytes) throws Exception {
    float[] weights = random(64 * 64);
    float[] bias = random(64);
    Path file = directory.resolve("model.onnx");
    List<Long> done = new ArrayList<>();
    OnnxWriter.write(
        linear(weights, bias),
        file,
        (tensor, doneBytes, totalBytes) -> {
          assertThat(totalBytes).isEqualTo((64 * 64 + 64) * 4L);
          done.add(doneBytes);
        },
        embeddedMaxBytes);
    assertThat(done).isSorted().endsWith((64 * 64 + 64) * 4L);

    OnnxFile read = OnnxFile.open(file);
    assertThat(read.opset()).isEqualTo(17);
    assertThat(read.tensors()).containsOnlyKeys("weights", "bias");
    assertThat(read.tensor("weights").orElseThrow().floats()).containsExactly(weights);
    assertThat(read.tensor("bias").orElseThrow().floats()).containsExactly(bias);
    assertThat(read.model().getSerializedSize()).isLessThan(2048);
    assertThat(read.model().getMetadataProps(0).getValue()).isEqualTo("值");

    float[] x = random(3 * 64);
    float[] expected = new float[3 * 64];
    for (int row = 0; row < 3; row++) {
      for (int n = 0; n < 64; n++) {
        double sum = bias[n];
        for (int k = 0; k < 64; k++) {
          sum += (double) x[row * 64 + k] * weights[k * 64 + n];
        }
        expected[row * 64 + n] = (float) sum;
      }
    }
    try (GraphRun run = new GraphRun(file).with("x", x, 3, 64)) {
      assertThat(run.floats("layer/out"))
          .usingComparatorWithPrecision(1e-5f)
          .containsExactly(expected);
    }
  }

  @Test
  void copiesARealModel() throws Exception {
    OnnxFile source = OnnxFile.open(TestModels.bgeSmallZh().resolve("model.onnx"));
    assertThat(source.model().getSerializedSize()).isLessThan(1 << 18);
    assertThat(source.tensor("onnx::Slice_86").orElseThrow().integers()).hasSize(512).isSorted();
    GraphBuilder copy = new GraphBuilder("copy", source.opset());
    for (String name : List.of("input_ids", "attention_mask", "token_type_ids")) {
      copy.input(name, ElementType.INT64, Dim.free("batch"), Dim.free("tokens"));
    }
    source.tensors().values().forEach(t -> copy.initializer(Initializer.copy(t.name(), t)));
    source.graph().getNodeList().forEach(copy::node);
    copy.output(
        "last_hidden_state", ElementType.FLOAT, Dim.free("batch"), Dim.free("tokens"), Dim.of(512));
    Path file = directory.resolve("model.onnx");
    OnnxWriter.write(copy.build(Map.of()), file, Progress.SILENT);
    assertThat(answer(file)).containsExactly(answer(source.file()));
  }

  private static float[] answer(Path file) throws Exception {
    try (GraphRun run = new GraphRun(file)) {
      return run.with("input_ids", new long[] {101, 2769, 102}, 1, 3)
          .with("attention_mask", new long[] {1, 1, 1}, 1, 3)
          .with("token_type_ids", new long[3], 1, 3)
          .floats("last_hidden_state");
    }
  }

  @Test
  void readsATensorThatSaysBehindItsDataThatItHasThem() throws Exception {
    // As ONNX Runtime's quantiser writes them: an explicit data_location follows raw_data.
    TensorProto tensor =
        TensorProto.newBuilder()
            .setName("weights")
            .setDataType(ElementType.FLOAT.code())
            .addDims(512)
            .setRawData(ByteString.copyFrom(new byte[512 * 4]))
            .setDataLocation(TensorProto.DataLocation.DEFAULT)
            .build();
    ModelProto frame = linear(random(64 * 64), random(64)).frame();
    Path file = directory.resolve("model.onnx");
    Files.write(
        file,
        frame.toBuilder()
            .setGraph(frame.getGraph().toBuilder().addInitializer(tensor))
            .build()
            .toByteArray());
    assertThat(OnnxFile.open(file).tensor("weights").orElseThrow().floats())
        .containsExactly(new float[512]);
  }

  @Test
  void refusesAnInitializerThatIsNotAsLongAsItsShape() {
    GraphBuilder graph = new GraphBuilder("short", 17);
    graph.initializer(
        new Initializer("weights", ElementType.FLOAT, List.of(3L), out -> out.number(1)));
    assertThatThrownBy(
            () ->
                OnnxWriter.write(
                    graph.build(Map.of()), directory.resolve("model.onnx"), Progress.SILENT))
        .hasMessage("weights[3] takes 12 bytes, but 8 were made");
  }

  @Test
  void refusesValuesThatAreNotThereOrTwice() {
    GraphBuilder graph = new GraphBuilder("wrong", 17);
    graph.input("x", ElementType.FLOAT, Dim.of(1));
    assertThatThrownBy(() -> graph.node("Add", "x", "y"))
        .hasMessage("the graph has no value y for Add Add");
    assertThatThrownBy(() -> graph.input("x", ElementType.FLOAT))
        .hasMessage("the graph has the value x already");
    assertThat(graph.scope("layers.0").node("Neg", "x")).isEqualTo("layers.0/Neg");
    assertThat(graph.scope("layers.0").node("Neg", "x")).isEqualTo("layers.0/Neg_1");
  }

  private static OnnxModel linear(float[] weights, float[] bias) {
    GraphBuilder graph = new GraphBuilder("linear", 17);
    String x = graph.input("x", ElementType.FLOAT, Dim.free("rows"), Dim.of(64));
    String w = graph.initializer(Initializer.of("weights", weights, 64, 64));
    String b = graph.initializer(Initializer.of("bias", bias, 64));
    GraphBuilder layer = graph.scope("layer");
    String product = layer.node("MatMul", x, w);
    String sum = layer.node(Op.of("Add").named("out"), product, b);
    graph.output(sum, ElementType.FLOAT, Dim.free("rows"), Dim.of(64));
    return graph.build(Map.of("autoglm.键", "值"));
  }

  private static float[] random(int count) {
    Random random = new Random(count);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
