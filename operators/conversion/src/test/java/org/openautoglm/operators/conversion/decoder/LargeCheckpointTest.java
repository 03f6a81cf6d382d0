package org.openautoglm.operators.conversion.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A checkpoint far larger than the heap, whose file is sparse. {@code
 * -Dautoglm.test.checkpoint-gib=4} makes it one of 4 GiB, which takes minutes; ordinarily it is
 * smaller, but still larger than what may be on the heap at once.
 */
class LargeCheckpointTest {
  private static final double GIB =
      Double.parseDouble(System.getProperty("autoglm.test.checkpoint-gib", "0.25"));
  private static final int HIDDEN = 2048;
  private static final int INTERMEDIATE = 5632;
  private static final int VOCABULARY = 32_000;
  private static final long TABLE_BYTES = 2L * VOCABULARY * HIDDEN;
  private static final long LAYER_BYTES = 2L * HIDDEN * (2 * HIDDEN + 512 + 3 * INTERMEDIATE + 2);

  @TempDir Path folder;

  /** The process whose heap is small: converts one directory to another. */
  public static void main(String[] directories) throws IOException {
    DecoderConversion.convert(
        Path.of(directories[0]),
        Path.of(directories[1]),
        WeightFormat.INT8_ROWS,
        Map.of(),
        (tensor, done, total) -> System.out.println(done + " " + total));
  }

  @Test
  void convertsOnAQuarterOfItsSizeAndTellsHowFarItIs() throws Exception {
    int layers = (int) Math.max(1, Math.ceil((GIB * (1L << 30) - TABLE_BYTES) / LAYER_BYTES));
    writeSparse(layers);
    Path target = Files.createDirectory(folder.resolve("converted"));
    Path output = folder.resolve("output.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + (int) (GIB * 256) + "m",
                "-cp",
                System.getProperty("java.class.path"),
                LargeCheckpointTest.class.getName(),
                folder.toString(),
                target.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor()).as(Files.readString(output)).isZero();

    List<Long> done = new ArrayList<>();
    List<Long> totals = new ArrayList<>();
    for (String line : Files.readAllLines(output)) {
      int space = line.indexOf(' ');
      done.add(Long.parseLong(line.substring(0, space)));
      totals.add(Long.parseLong(line.substring(space + 1)));
    }
    assertThat(done).isSorted().hasSizeGreaterThan(100);
    assertThat(totals).containsOnly(done.get(done.size() - 1));
    long bytes = 0;
    try (Stream<Path> files = Files.list(target)) {
      for (Path file : files.toList()) {
        bytes += Files.size(file);
      }
    }
    assertThat(bytes).isBetween((long) (0.5 * GIB * (1L << 30)), (long) (GIB * (1L << 30)));
  }

  private void writeSparse(int layers) throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "llama", "hidden_size": %d, "intermediate_size": %d,
         "num_hidden_layers": %d, "num_attention_heads": 32, "num_key_value_heads": 4,
         "vocab_size": %d, "tie_word_embeddings": true}"""
            .formatted(HIDDEN, INTERMEDIATE, layers, VOCABULARY));
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("model.embed_tokens", new long[] {VOCABULARY, HIDDEN});
    for (int layer = 0; layer < layers; layer++) {
      String at = "model.layers." + layer + ".";
      shapes.put(at + "input_layernorm", new long[] {HIDDEN});
      shapes.put(at + "post_attention_layernorm", new long[] {HIDDEN});
      shapes.put(at + "self_attn.q_proj", new long[] {HIDDEN, HIDDEN});
      shapes.put(at + "self_attn.k_proj", new long[] {256, HIDDEN});
      shapes.put(at + "self_attn.v_proj", new long[] {256, HIDDEN});
      shapes.put(at + "self_attn.o_proj", new long[] {HIDDEN, HIDDEN});
      shapes.put(at + "mlp.gate_proj", new long[] {INTERMEDIATE, HIDDEN});
      shapes.put(at + "mlp.up_proj", new long[] {INTERMEDIATE, HIDDEN});
      shapes.put(at + "mlp.down_proj", new long[] {HIDDEN, INTERMEDIATE});
    }
    shapes.put("model.norm", new long[] {HIDDEN});

    StringJoiner header = new StringJoiner(",", "{", "}");
    long end = 0;
    for (Map.Entry<String, long[]> weight : shapes.entrySet()) {
      long[] shape = weight.getValue();
      long begin = end;
      end += 2 * shape[0] * (shape.length == 1 ? 1 : shape[1]);
      header.add(
          "\"%s.weight\":{\"dtype\":\"BF16\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(
                  weight.getKey(),
                  shape.length == 1 ? "[" + shape[0] + "]" : "[" + shape[0] + "," + shape[1] + "]",
                  begin,
                  end));
    }
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    try (FileChannel file =
        FileChannel.open(
            folder.resolve("model.safetensors"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.SPARSE,
            StandardOpenOption.WRITE)) {
      ByteBuffer front = ByteBuffer.allocate(8 + text.length).order(ByteOrder.LITTLE_ENDIAN);
      file.write(front.putLong(text.length).put(text).flip());
      file.write(ByteBuffer.allocate(1), 8 + text.length + end - 1);
    }
  }
}
