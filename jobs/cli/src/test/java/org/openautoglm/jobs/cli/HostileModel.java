package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A model directory that cannot be converted.
 *
 * @param what is wrong with it
 * @param words of the error
 * @param layout makes it
 */
record HostileModel(String what, List<String> words, Layout layout) {

  /** Fills an empty directory. */
  @FunctionalInterface
  interface Layout {
    void write(Path directory) throws IOException;
  }

  private static final String LLAMA =
      """
      {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64,
       "intermediate_size": 96, "num_hidden_layers": 1, "num_attention_heads": 4,
       "num_key_value_heads": 2, "head_dim": 16, "vocab_size": 8, "max_position_embeddings": 64,
       "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu",
       "tie_word_embeddings": true}\
      """;
  private static final String BERT =
      """
      {"architectures": ["BertModel"], "model_type": "bert", "hidden_size": 8, "pad_token_id": 0,
       "max_position_embeddings": 64}\
      """;

  /** Each character is a token of its own. */
  private static final String TOKENIZER =
      """
      {"version": "1.0", "added_tokens": [], "normalizer": null, "post_processor": null,
       "decoder": null, "truncation": null, "padding": null,
       "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "."}, "behavior": "Isolated",
                         "invert": false},
       "model": {"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0, "b": 1}}}\
      """;

  static List<HostileModel> all() {
    return List.of(
        of("an empty directory", List.of("has no config.json"), directory -> {}),
        of(
            "no tokenizer",
            List.of("has no tokenizer.json", "save_pretrained"),
            directory -> Files.writeString(directory.resolve("config.json"), LLAMA)),
        of(
            "a tokenizer that is none",
            List.of("tokenizer.json"),
            directory -> {
              llama(directory);
              safetensors(directory, "{}", new byte[0]);
              Files.writeString(directory.resolve("tokenizer.json"), "{\"model\": 3}");
            }),
        of(
            "a configuration that is no JSON",
            List.of("config.json"),
            directory -> {
              llama(directory);
              Files.writeString(directory.resolve("config.json"), "{\"model_type\": ");
            }),
        of(
            "a family that is not known",
            List.of("mamba", "llama", "qwen3"),
            directory -> {
              llama(directory);
              Files.writeString(
                  directory.resolve("config.json"),
                  "{\"model_type\": \"mamba\", \"architectures\": [\"MambaForCausalLM\"]}");
              safetensors(directory, "{}", new byte[0]);
            }),
        of("no weights", List.of("has no weights", "safetensors"), HostileModel::llama),
        of(
            "safetensors of no bytes",
            List.of("model.safetensors"),
            directory -> {
              llama(directory);
              Files.createFile(directory.resolve("model.safetensors"));
            }),
        of(
            "a header that claims to be longer than memory",
            List.of("model.safetensors"),
            directory -> header(directory, Long.MAX_VALUE, "{}")),
        of(
            "a header of a negative length",
            List.of("model.safetensors"),
            directory -> header(directory, -1, "{}")),
        of(
            "a header that is longer than the file",
            List.of("model.safetensors"),
            directory -> header(directory, 1_000, "{}")),
        of(
            "a header that is no JSON",
            List.of("model.safetensors"),
            directory -> header(directory, 3, "{x}")),
        of(
            "a weight beyond the end of the file",
            List.of("model.safetensors", "model.embed_tokens.weight"),
            directory -> {
              llama(directory);
              safetensors(
                  directory, weight("model.embed_tokens.weight", "[8,64]", 0, 2048), new byte[100]);
            }),
        of(
            "a weight whose bytes do not make its shape",
            List.of("model.safetensors", "model.embed_tokens.weight"),
            directory -> {
              llama(directory);
              safetensors(
                  directory, weight("model.embed_tokens.weight", "[8,64]", 0, 4), new byte[4]);
            }),
        of(
            "a shape that overflows",
            List.of("model.safetensors"),
            directory -> {
              llama(directory);
              safetensors(
                  directory,
                  weight("model.embed_tokens.weight", "[4294967296,4294967296]", 0, 4),
                  new byte[4]);
            }),
        of(
            "a weight that is missing",
            List.of("lacks the weight"),
            directory -> {
              llama(directory);
              safetensors(
                  directory,
                  weight("model.embed_tokens.weight", "[8,64]", 0, 2048),
                  new byte[2048]);
            }),
        of(
            "a weight of another shape",
            List.of("model.embed_tokens.weight", "[8, 32]", "[8, 64]"),
            directory -> {
              llama(directory);
              safetensors(
                  directory,
                  weight("model.embed_tokens.weight", "[8,32]", 0, 1024),
                  new byte[1024]);
            }),
        of(
            "an index that leads out of the directory",
            List.of("model.safetensors.index.json"),
            directory -> {
              llama(directory);
              Files.writeString(
                  directory.resolve("model.safetensors.index.json"),
                  "{\"weight_map\": {\"model.embed_tokens.weight\": \"../outside.safetensors\"}}");
            }),
        of(
            "an index whose file is missing",
            List.of("model-00001-of-00002.safetensors"),
            directory -> {
              llama(directory);
              Files.writeString(
                  directory.resolve("model.safetensors.index.json"),
                  "{\"weight_map\": {\"model.embed_tokens.weight\":"
                      + " \"model-00001-of-00002.safetensors\"}}");
            }),
        of(
            "a graph that is cut off",
            List.of("model.onnx"),
            directory -> {
              bert(directory);
              Files.write(directory.resolve("model.onnx"), new byte[] {8, 8, 58, 100, 10});
            }),
        of(
            "a graph that is none",
            List.of("model.onnx"),
            directory -> {
              bert(directory);
              Files.writeString(directory.resolve("model.onnx"), "<html>404</html>");
            }),
        of(
            "a graph of no bytes",
            List.of("model.onnx"),
            directory -> {
              bert(directory);
              Files.createFile(directory.resolve("model.onnx"));
            }),
        of(
            "an encoder without a graph",
            List.of("ONNX"),
            directory -> {
              bert(directory);
              safetensors(directory, "{}", new byte[0]);
            }));
  }

  private static HostileModel of(String what, List<String> words, Layout layout) {
    return new HostileModel(what, words, layout);
  }

  private static void llama(Path directory) throws IOException {
    Files.writeString(directory.resolve("config.json"), LLAMA);
    Files.writeString(directory.resolve("tokenizer.json"), TOKENIZER);
  }

  private static void bert(Path directory) throws IOException {
    Files.writeString(directory.resolve("config.json"), BERT);
    Files.writeString(directory.resolve("tokenizer.json"), TOKENIZER);
  }

  private static String weight(String name, String shape, long begin, long end) {
    return "{\"%s\": {\"dtype\": \"F32\", \"shape\": %s, \"data_offsets\": [%d, %d]}}"
        .formatted(name, shape, begin, end);
  }

  private static void header(Path directory, long length, String header) throws IOException {
    llama(directory);
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(8 + text.length).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(directory.resolve("model.safetensors"), file.putLong(length).put(text).array());
  }

  private static void safetensors(Path directory, String header, byte[] data) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    byte[] file =
        ByteBuffer.allocate(8 + text.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(text.length)
            .put(text)
            .array();
    byte[] whole = Arrays.copyOf(file, file.length + data.length);
    System.arraycopy(data, 0, whole, file.length, data.length);
    Files.write(directory.resolve("model.safetensors"), whole);
  }

  @Override
  public String toString() {
    return what;
  }
}
