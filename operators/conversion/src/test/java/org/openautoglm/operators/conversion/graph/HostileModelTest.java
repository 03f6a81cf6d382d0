package org.openautoglm.operators.conversion.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are cut off, damaged or made to mislead give one error, which names them. */
class HostileModelTest {
  private static Path scratch;

  @TempDir private Path directory;

  @BeforeContainer
  static void makeScratch() throws Exception {
    scratch = Files.createTempDirectory("hostile");
  }

  @AfterContainer
  static void removeScratch() throws Exception {
    Files.deleteIfExists(scratch.resolve("model.onnx"));
    Files.delete(scratch);
  }

  /** However damaged, it is read or refused as a file that is damaged, and nothing else happens. */
  @Property(tries = 300)
  void damagedFilesAreReadOrRefused(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    byte[] bytes = good().build().toByteArray();
    if (random.nextBoolean()) {
      bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
    }
    for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
      bytes[random.nextInt(Math.min(bytes.length, 400))] = (byte) random.nextInt();
    }
    Path file = scratch.resolve("model.onnx");
    Files.write(file, bytes);
    try {
      OnnxFile.open(file).tensors().values().forEach(tensor -> tensor.bytes(0, 1));
    } catch (OnnxFormatException e) {
      assertThat(e).hasMessageStartingWith(file + " ").hasMessageContaining("; ");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 10, 100, 2000})
  void cutOff(int length) throws Exception {
    Path file = directory.resolve("model.onnx");
    Files.write(file, Arrays.copyOf(good().build().toByteArray(), length));
    assertThatThrownBy(() -> OnnxFile.open(file))
        .isInstanceOf(OnnxFormatException.class)
        .hasMessageStartingWith(file + " is no ONNX model")
        .hasMessageEndingWith("; export or fetch it again");
  }

  @Test
  void noModelAtAll() throws Exception {
    Path file = directory.resolve("model.onnx");
    Files.writeString(file, "version https://git-lfs.github.com/spec/v1\n");
    assertThatThrownBy(() -> OnnxFile.open(file))
        .isInstanceOf(OnnxFormatException.class)
        .hasMessageStartingWith(file + " is no ONNX model");
  }

  @ParameterizedTest
  @CsvSource({
    "../weights.bin, outside of the model's directory",
    "/etc/hostname, outside of the model's directory",
    "x/../../weights.bin, outside of the model's directory",
    "., outside of the model's directory",
    "absent.bin, which cannot be read"
  })
  void dataElsewhere(String location, String problem) throws Exception {
    Files.write(directory.resolve("weights.bin"), new byte[4096]);
    Path inner = Files.createDirectory(directory.resolve("model"));
    assertRefused(inner, external(Map.of("location", location)), "weights", problem);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 4097, 'claims 4097 bytes at 0'",
    "1, 4096, 'claims 4096 bytes at 1'",
    "9223372036854775807, 4096, 'claims 4096 bytes at 9223372036854775807'",
    "-1, 4096, 'offset or length \"-1\"'",
    "0, many, 'offset or length \"many\"'",
    "0, 4092, 'has 4092 bytes, but its shape [32, 32] takes 4096'"
  })
  void dataThatLiesAboutItsPlace(String offset, String length, String problem) throws Exception {
    Files.write(directory.resolve("weights.bin"), new byte[4096]);
    assertRefused(
        directory,
        external(Map.of("location", "weights.bin", "offset", offset, "length", length)),
        "weights",
        problem);
  }

  @Test
  void shapesThatDoNotFit() throws Exception {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName("weights").setDataType(1).setRawData(bytes(12));
    assertRefused(directory, tensor.addDims(4).build(), "weights", "has 12 bytes");
    assertRefused(directory, tensor.clearDims().addDims(-3).build(), "weights", "negative size");
    assertRefused(
        directory,
        tensor.clearDims().addDims(1L << 40).addDims(1L << 40).build(),
        "weights",
        "which no file can hold");
    assertRefused(
        directory, tensor.clearDims().addDims(3).setDataType(8).build(), "weights", "data type 8");
  }

  @Test
  void moreThanAGraphNeeds() throws Exception {
    Path file = directory.resolve("model.onnx");
    ModelProto.Builder model = good();
    Files.write(file, model.setDocString("long".repeat(1000)).build().toByteArray());
    assertThatThrownBy(() -> OnnxFile.open(file, 2000))
        .isInstanceOf(OnnxFormatException.class)
        .hasMessageContaining("holds more than 2000 bytes besides its weights");
    assertThat(OnnxFile.open(file, 8000).tensors()).hasSize(2);
  }

  private static void assertRefused(Path directory, TensorProto tensor, String name, String problem)
      throws Exception {
    Path file = directory.resolve("model.onnx");
    ModelProto.Builder model = good();
    model.getGraphBuilder().clearInitializer().addInitializer(tensor);
    Files.write(file, model.build().toByteArray());
    assertThatThrownBy(() -> OnnxFile.open(file))
        .isInstanceOf(OnnxFormatException.class)
        .hasMessageStartingWith(file + " is damaged: the initialiser " + name)
        .hasMessageContaining(problem);
  }

  private static TensorProto external(Map<String, String> entries) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName("weights")
            .setDataType(1)
            .addDims(32)
            .addDims(32)
            .setDataLocation(TensorProto.DataLocation.EXTERNAL);
    entries.forEach(
        (key, value) ->
            tensor.addExternalData(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    return tensor.build();
  }

  private static ModelProto.Builder good() {
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .setGraph(
            GraphProto.newBuilder()
                .addNode(NodeProto.newBuilder().setOpType("Add").addInput("a").addOutput("b"))
                .addInitializer(
                    TensorProto.newBuilder()
                        .setName("large")
                        .setDataLocation(TensorProto.DataLocation.DEFAULT)
                        .setDataType(1)
                        .addDims(400)
                        .setRawData(bytes(1600)))
                .addInitializer(
                    TensorProto.newBuilder()
                        .setName("listed")
                        .setRawData(ByteString.EMPTY)
                        .setDataType(1)
                        .addDims(300)
                        .addAllFloatData(Collections.nCopies(300, 1.5f))));
  }

  private static ByteString bytes(int count) {
    return ByteString.copyFrom("a".repeat(count), StandardCharsets.UTF_8);
  }
}
