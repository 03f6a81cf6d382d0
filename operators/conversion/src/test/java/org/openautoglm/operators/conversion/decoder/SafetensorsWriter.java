package org.openautoglm.operators.conversion.decoder;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.openautoglm.operators.conversion.graph.HalfFloats;

/** Writes small safetensors files as their format describes them. */
public final class SafetensorsWriter {

  /** A weight to write. */
  @SuppressWarnings("ArrayRecordComponent") // Large, and only read.
  public record Values(long[] shape, float[] numbers) {

    /** What stays of the numbers when they are stored in 16 bits. */
    Values rounded(String type) {
      float[] rounded = new float[numbers.length];
      ByteBuffer bytes = ByteBuffer.wrap(encode(type, numbers)).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < rounded.length; i++) {
        rounded[i] =
            switch (type) {
              case "F16" -> HalfFloats.fromHalf(bytes.getShort());
              case "BF16" -> HalfFloats.fromBfloat(bytes.getShort());
              default -> bytes.getFloat();
            };
      }
      return new Values(shape, rounded);
    }
  }

  private SafetensorsWriter() {}

  /** Writes {@code model.safetensors}. */
  public static void write(Path directory, Map<String, Values> weights, String type)
      throws IOException {
    Files.write(directory.resolve("model.safetensors"), file(weights, type));
  }

  /** Writes the weights to several files, in turn, and their index. */
  public static void writeShards(
      Path directory, Map<String, Values> weights, String type, int shards) throws IOException {
    List<Map<String, Values>> parts = new ArrayList<>();
    for (int i = 0; i < shards; i++) {
      parts.add(new LinkedHashMap<>());
    }
    StringJoiner map = new StringJoiner(", ", "{", "}");
    int next = 0;
    for (Map.Entry<String, Values> weight : weights.entrySet()) {
      int shard = next++ % shards;
      parts.get(shard).put(weight.getKey(), weight.getValue());
      map.add("\"%s\": \"%s\"".formatted(weight.getKey(), name(shard, shards)));
    }
    for (int i = 0; i < shards; i++) {
      Files.write(directory.resolve(name(i, shards)), file(parts.get(i), type));
    }
    Files.writeString(
        directory.resolve("model.safetensors.index.json"),
        "{\"metadata\": {}, \"weight_map\": " + map + "}");
  }

  private static String name(int shard, int shards) {
    return "model-%05d-of-%05d.safetensors".formatted(shard + 1, shards);
  }

  private static byte[] file(Map<String, Values> weights, String type) throws IOException {
    StringJoiner header = new StringJoiner(",", "{", "}");
    header.add("\"__metadata__\":{\"format\":\"pt\"}");
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (Map.Entry<String, Values> weight : weights.entrySet()) {
      int begin = data.size();
      data.write(encode(type, weight.getValue().numbers));
      StringJoiner shape = new StringJoiner(",", "[", "]");
      for (long size : weight.getValue().shape) {
        shape.add(Long.toString(size));
      }
      header.add(
          "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(weight.getKey(), type, shape, begin, data.size()));
    }
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(8 + text.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
    return file.putLong(text.length).put(text).put(data.toByteArray()).array();
  }

  private static byte[] encode(String type, float[] numbers) {
    int bytes = type.equals("F32") ? 4 : 2;
    ByteBuffer data = ByteBuffer.allocate(numbers.length * bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (float number : numbers) {
      switch (type) {
        case "F16" -> data.putShort(HalfFloats.toHalf(number));
        case "BF16" -> data.putShort((short) (Float.floatToIntBits(number) >>> 16));
        default -> data.putFloat(number);
      }
    }
    return data.array();
  }
}
