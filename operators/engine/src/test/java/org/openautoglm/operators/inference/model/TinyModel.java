package org.openautoglm.operators.inference.model;

import static org.openautoglm.operators.inference.model.GraphBytes.FLOAT;
import static org.openautoglm.operators.inference.model.GraphBytes.FLOAT16;
import static org.openautoglm.operators.inference.model.GraphBytes.INT32;
import static org.openautoglm.operators.inference.model.GraphBytes.INT64;
import static org.openautoglm.operators.inference.model.GraphBytes.attribute;
import static org.openautoglm.operators.inference.model.GraphBytes.floats;
import static org.openautoglm.operators.inference.model.GraphBytes.longs;
import static org.openautoglm.operators.inference.model.GraphBytes.node;
import static org.openautoglm.operators.inference.model.GraphBytes.value;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model directory of a few hundred bytes whose graph looks each token up in a table, for tests
 * that need a model to misbehave. Its words are {@code w0} to {@code w7}, whose vectors are (1, n);
 * {@code nan}, whose vector is not finite; and {@code outside}, which the table lacks, so that the
 * run itself fails.
 */
public final class TinyModel {
  private static final int WORDS = 8;

  private final List<byte[]> nodes = new ArrayList<>();
  private int idType = INT64;
  private int outputType = FLOAT;
  private int outputRank = 3;
  private String output = "last_hidden_state";
  private String last = "vectors";
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private float shift;

  /** A graph that gives each token's vector. */
  public TinyModel() {
    nodes.add(node("Gather", List.of("table", "input_ids"), "vectors"));
  }

  /** Takes 32-bit ids. */
  public TinyModel narrowIds() {
    idType = INT32;
    return this;
  }

  /** Gives half-precision numbers. */
  public TinyModel halfPrecision() {
    nodes.add(node("Cast", List.of(last), "half", attribute("to", FLOAT16)));
    last = "half";
    outputType = FLOAT16;
    return this;
  }

  /** Adds the sum of the whole batch to each vector: answers depend on the neighbours. */
  public TinyModel dependentRows() {
    nodes.add(node("ReduceSum", List.of(last), "sum", attribute("keepdims", 1)));
    nodes.add(node("Mul", List.of("sum", "slope"), "bias"));
    nodes.add(node("Add", List.of(last, "bias"), "shifted"));
    last = "shifted";
    return this;
  }

  /** Adds a number to the second of each vector's: the same model with other weights. */
  public TinyModel shiftedBy(float shiftBy) {
    shift = shiftBy;
    nodes.add(node("Add", List.of(last, "shift"), "moved"));
    last = "moved";
    return this;
  }

  /** Sums each row's vectors, padding included, as an output of this name. */
  public TinyModel perRow(String name) {
    nodes.add(node("ReduceSum", List.of(last, "axis"), "sums", attribute("keepdims", 0)));
    last = "sums";
    output = name;
    outputRank = 2;
    return this;
  }

  /** Makes log-probabilities of the numbers. */
  public TinyModel logProbabilities() {
    nodes.add(node("LogSoftmax", List.of(last), "logs", attribute("axis", -1)));
    last = "logs";
    return this;
  }

  /** Makes probabilities of the numbers. */
  public TinyModel probabilities() {
    nodes.add(node("Softmax", List.of(last), "parts", attribute("axis", -1)));
    last = "parts";
    return this;
  }

  /** Goes over the numbers again and again, so that large batches take seconds. */
  public TinyModel slow(int times) {
    for (int i = 0; i < times; i++) {
      nodes.add(node("Tanh", List.of(last), "slow" + i));
      last = "slow" + i;
    }
    return this;
  }

  /**
   * Multiplies the numbers with each other in one node, which takes the third power of a row's
   * tokens: ONNX Runtime does not end a run within a node.
   */
  public TinyModel deaf() {
    nodes.add(node("Transpose", List.of(last), "turned", attribute("perm", new long[] {0, 2, 1})));
    nodes.add(node("MatMul", List.of(last, "turned"), "square"));
    nodes.add(node("MatMul", List.of("square", "square"), "cube"));
    nodes.add(node("MatMul", List.of("cube", last), "deaf"));
    last = "deaf";
    return this;
  }

  /** Puts an entry into the model's metadata. */
  public TinyModel saying(String name, String value) {
    metadata.put(name, value);
    return this;
  }

  /** Writes the directory, with two classes and mean pooling. */
  public Path write(Path directory) throws IOException {
    Files.createDirectories(directory.resolve("1_Pooling"));
    Files.write(directory.resolve("model.onnx"), graph());
    Files.writeString(
        directory.resolve("config.json"),
        """
        {"max_position_embeddings": 64, "pad_token_id": 0, "version": "tiny-1",
         "id2label": {"0": "one", "1": "other"}}\
        """);
    Files.writeString(
        directory.resolve("modules.json"),
        """
        [{"path": "", "type": "sentence_transformers.models.Transformer"},
         {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]\
        """);
    Files.writeString(
        directory.resolve("1_Pooling/config.json"), "{\"pooling_mode_mean_tokens\": true}");
    Files.writeString(directory.resolve("tokenizer_config.json"), "{\"model_max_length\": 1e30}");
    Files.writeString(directory.resolve("tokenizer.json"), tokenizer());
    return directory;
  }

  private static String tokenizer() {
    StringBuilder words = new StringBuilder("\"nan\": " + WORDS + ", \"outside\": 99");
    for (int word = 0; word < WORDS; word++) {
      words.append(", \"w").append(word).append("\": ").append(word);
    }
    return """
    {"version": "1.0", "added_tokens": [], "normalizer": null,
     "truncation": {"direction": "Right", "max_length": 3, "strategy": "LongestFirst",
                    "stride": 0},
     "padding": {"strategy": {"Fixed": 16}, "direction": "Right", "pad_to_multiple_of": null,
                 "pad_id": 0, "pad_type_id": 0, "pad_token": "w0"},
     "pre_tokenizer": {"type": "WhitespaceSplit"}, "decoder": null,
     "post_processor": {"type": "TemplateProcessing",
       "single": [{"SpecialToken": {"id": "w0", "type_id": 0}},
                  {"Sequence": {"id": "A", "type_id": 0}},
                  {"SpecialToken": {"id": "w1", "type_id": 0}}],
       "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
       "special_tokens": {"w0": {"id": "w0", "ids": [0], "tokens": ["w0"]},
                          "w1": {"id": "w1", "ids": [1], "tokens": ["w1"]}}},
     "model": {"type": "WordLevel", "unk_token": "w2", "vocab": {%s}}}\
    """
        .formatted(words);
  }

  private byte[] graph() {
    nodes.add(node("Identity", List.of(last), output));
    GraphBytes graph = new GraphBytes();
    metadata.forEach(graph::metadata);
    return graph
        .nodes(nodes)
        .initializer(floats("table", table(), WORDS + 1, 2))
        .initializer(floats("slope", new float[] {0, 1}, 2))
        .initializer(floats("shift", new float[] {0, shift}, 2))
        .initializer(longs("axis", 1))
        .input(value("input_ids", idType, "batch", "tokens"))
        .output(
            outputRank == 3
                ? value(output, outputType, "batch", "tokens", "2")
                : value(output, outputType, "batch", "2"))
        .model();
  }

  private static float[] table() {
    float[] table = new float[(WORDS + 1) * 2];
    for (int word = 0; word < WORDS; word++) {
      table[2 * word] = 1;
      table[2 * word + 1] = word;
    }
    table[2 * WORDS] = Float.NaN;
    return table;
  }
}
