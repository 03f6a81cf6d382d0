package org.openautoglm.operators.conversion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Safetensors as the format has them, and as strangers may make them. */
class SafetensorsTest {
  private static final String GOOD =
      """
      {"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
       "b":{"dtype":"BF16","shape":[2],"data_offsets":[24,28]},
       "c":{"dtype":"F16","shape":[1,2],"data_offsets":[28,32]},
       "ids":{"dtype":"I64","shape":[1],"data_offsets":[32,40]},
       "__metadata__":{"format":"pt"}}""";
  private static final int DATA_BYTES = 40;

  @TempDir Path folder;

  @Test
  void readsFloatsOfThreeKinds() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(DATA_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 6; i++) {
      data.putFloat(i + 0.5f);
    }
    data.putShort((short) 0x3fc0).putShort((short) 0xc000); // bfloat16: 1.5, -2
    data.putShort((short) 0x3e00).putShort((short) 0xc000); // binary16: 1.5, -2
    write(GOOD, data.array());

    WeightSource source = WeightFiles.open(folder);
    assertThat(source.names()).containsExactlyInAnyOrder("a", "b", "c", "ids");
    assertThat(source.require("a", 2, 3).values())
        .containsExactly(0.5f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f);
    assertThat(source.require("b", 2).values()).containsExactly(1.5f, -2);
    assertThat(source.require("c", 1, 2).values()).containsExactly(1.5f, -2);
    assertThat(turned(source.require("a", 2, 3))).containsExactly(1.5f, 4.5f, 2.5f, 5.5f);
  }

  /** Rows 1 and 2 of the transposed matrix. */
  private static float[] turned(Weight weight) {
    float[] rows = new float[4];
    weight.matrix().transposed().read(1, 2, 0, 2, rows);
    return rows;
  }

  @Test
  void saysWhatIsMissingAndWhatIsOfAnotherShape() throws IOException {
    write(GOOD, new byte[DATA_BYTES]);
    WeightSource source = WeightFiles.open(folder);
    assertThatThrownBy(() -> source.require("model.a", 2, 3))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("model.safetensors lacks the weight model.a");
    assertThatThrownBy(() -> source.require("a", 3, 2))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("has a of shape [2, 3], but config.json makes it [3, 2]");
    assertThatThrownBy(() -> source.find("ids"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("has ids as I64; save the model as F32, F16 or BF16");
  }

  static Stream<Arguments> hostile() {
    String one = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":%s}}";
    return Stream.of(
        Arguments.of(one.formatted("[0,12]"), "up to byte 12, but its data ends at 8"),
        Arguments.of(one.formatted("[8,0]"), "puts a at bytes 8 to 0"),
        Arguments.of(one.formatted("[-8,0]"), "puts a at bytes -8 to 0"),
        Arguments.of(one.formatted("[0,4]"), "the shape [2] of F32, but 4 bytes"),
        Arguments.of(one.formatted("[0]"), "two data_offsets"),
        Arguments.of(one.formatted("[0,9223372036854775808]"), "two data_offsets"),
        Arguments.of(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}",
            "the shape [4611686018427387904, 4] of F32, but 0 bytes"),
        Arguments.of(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,8]}}",
            "a size that is no count: -1"),
        Arguments.of(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}",
            "puts a and b over each other"),
        Arguments.of(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
            "is not JSON (Duplicate field 'a'"),
        Arguments.of("[1]", "not a JSON object"),
        Arguments.of("{\"a\":", "is not JSON"),
        Arguments.of("{\"a\":" + "[".repeat(500), "is not JSON"),
        Arguments.of("{} {}", "is not JSON"));
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void refusesHeadersThatLie(String header, String problem) throws IOException {
    write(header, new byte[8]);
    assertThatThrownBy(() -> WeightFiles.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("model.safetensors ")
        .hasMessageContaining(problem)
        .hasMessageEndingWith("it is damaged or not whole: download it again");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1, 1000, 100_000_001, Long.MAX_VALUE, Long.MIN_VALUE})
  void refusesALengthOfTheHeaderThatIsALie(long length) throws IOException {
    byte[] file = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
    Files.write(folder.resolve("model.safetensors"), file);
    assertThatThrownBy(() -> WeightFiles.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageEndingWith("download it again");
  }

  @Test
  void refusesAFileCutOffAnywhere() throws IOException {
    write(GOOD, new byte[DATA_BYTES]);
    byte[] whole = Files.readAllBytes(folder.resolve("model.safetensors"));
    for (int length = 0; length < whole.length; length++) {
      Files.write(folder.resolve("model.safetensors"), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> WeightFiles.open(folder))
          .as("cut off after %d bytes", length)
          .isInstanceOf(CheckpointException.class);
    }
  }

  @Test
  void readsShards() throws IOException {
    write("first.safetensors", "a");
    write("second.safetensors", "b");
    index("{\"a\": \"first.safetensors\", \"b\": \"second.safetensors\"}");
    WeightSource source = WeightFiles.open(folder);
    assertThat(source.names()).containsExactly("a", "b");
    assertThat(source.require("b", 1).values()).containsExactly(1f);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../elsewhere.safetensors",
        "/etc/passwd",
        "a/../../b.safetensors",
        "..",
        "",
        ".",
        "\\u0000"
      })
  void refusesShardsThatLeaveTheDirectory(String name) throws IOException {
    index("{\"a\": \"" + name + "\"}");
    assertThatThrownBy(() -> WeightFiles.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("model.safetensors.index.json names the file \"")
        .hasMessageContaining("which is not in the directory");
  }

  @Test
  void refusesAnIndexThatTheFilesDoNotBearOut() throws IOException {
    index("{\"a\": \"first.safetensors\"}");
    assertThatThrownBy(() -> WeightFiles.open(folder))
        .hasMessageStartingWith("first.safetensors is missing");
    write("first.safetensors", "b");
    assertThatThrownBy(() -> WeightFiles.open(folder))
        .hasMessageContaining("says that a is in first.safetensors, which lacks it");
    index("{}");
    assertThatThrownBy(() -> WeightFiles.open(folder)).hasMessageContaining("has no weight_map");
    Files.writeString(folder.resolve("model.safetensors.index.json"), "{");
    assertThatThrownBy(() -> WeightFiles.open(folder)).hasMessageContaining("is not JSON");
  }

  @Test
  void saysWhereThereAreNoWeights() {
    assertThatThrownBy(() -> WeightFiles.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("has neither model.safetensors");
  }

  private void index(String map) throws IOException {
    Files.writeString(
        folder.resolve("model.safetensors.index.json"), "{\"weight_map\": " + map + "}");
  }

  private void write(String name, String weight) throws IOException {
    write(
        name,
        "{\"" + weight + "\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(1).array());
  }

  private void write(String header, byte[] data) throws IOException {
    write("model.safetensors", header, data);
  }

  private void write(String name, String header, byte[] data) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    Files.write(
        folder.resolve(name),
        ByteBuffer.allocate(8 + text.length + data.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(text.length)
            .put(text)
            .put(data)
            .array());
  }
}
