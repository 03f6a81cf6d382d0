package org.openautoglm.operators.inference.model;

import static org.openautoglm.operators.inference.model.GraphBytes.FLOAT;
import static org.openautoglm.operators.inference.model.GraphBytes.FLOAT16;
import static org.openautoglm.operators.inference.model.GraphBytes.INT32;
import static org.openautoglm.operators.inference.model.GraphBytes.INT64;
import static org.openautoglm.operators.inference.model.GraphBytes.attribute;
import static org.openautoglm.operators.inference.model.GraphBytes.floats;
import static org.openautoglm.operators.inference.model.GraphBytes.longs;
import static org.openautoglm.operators.inference.model.GraphBytes.node;
import static org.openautoglm.operators.inference.model.GraphBytes.scalar;
import static org.openautoglm.operators.inference.model.GraphBytes.value;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A directory with one decoder in one of the forms that people have, all of the same weights. Words
 * are {@code w0}, {@code w1}, …; {@code w0} ends a text.
 */
public final class TinyDecoder {
  /** How a graph keeps what it has read. */
  public enum Form {
    /** Attention over a shared buffer, fed with lengths and the positions of the logits. */
    CANONICAL(true, false),
    /** Attention over a shared buffer, fed with a mask. */
    SHARED(true, false),
    /** The same with positions among its inputs. */
    SHARED_WITH_POSITIONS(true, true),
    /** Caches that grow: batch, heads, tokens, width. */
    GROWING(false, true),
    /** Caches that grow: tokens, batch, heads, width. */
    SEQUENCE_FIRST(false, true),
    /** No caches at all. */
    UNCACHED(false, false);

    private final boolean grouped;
    private final boolean positions;

    Form(boolean grouped, boolean positions) {
      this.grouped = grouped;
      this.positions = positions;
    }
  }

  private final TinyDecoderWeights shape;
  private final Form form;
  private final int cacheType;
  private final boolean dependent;
  private final GraphBytes graph = new GraphBytes();
  private final List<byte[]> nodes = new ArrayList<>();

  public TinyDecoder(TinyDecoderWeights shape, Form form) {
    this(shape, form, false, false);
  }

  /**
   * @param half whether caches hold half-precision numbers
   * @param dependent whether a row's logits depend on its neighbours
   */
  public TinyDecoder(TinyDecoderWeights shape, Form form, boolean half, boolean dependent) {
    this.shape = shape;
    this.form = form;
    this.cacheType = half ? FLOAT16 : FLOAT;
    this.dependent = dependent;
  }

  /** Writes the directory. */
  public Path write(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.write(directory.resolve("model.onnx"), graph());
    Files.writeString(
        directory.resolve("config.json"),
        """
        {"max_position_embeddings": %d, "num_hidden_layers": %d, "num_key_value_heads": %d,
         "num_attention_heads": %d, "hidden_size": %d, "head_dim": %d, "vocab_size": %d,
         "eos_token_id": 0, "version": "tiny-1"}\
        """
            .formatted(
                shape.positions(),
                shape.layers(),
                shape.kvHeads(),
                shape.heads(),
                shape.hidden(),
                shape.headDim(),
                shape.vocabulary()));
    Files.writeString(directory.resolve("generation_config.json"), "{\"eos_token_id\": [0]}");
    Files.writeString(directory.resolve("tokenizer_config.json"), "{\"eos_token\": \"w0\"}");
    Files.writeString(directory.resolve("tokenizer.json"), tokenizer());
    return directory;
  }

  private String tokenizer() {
    StringBuilder words = new StringBuilder();
    for (int word = 0; word < shape.vocabulary(); word++) {
      words.append(word == 0 ? "" : ", ").append("\"w%d\": %d".formatted(word, word));
    }
    return """
    {"version": "1.0", "normalizer": null, "truncation": null, "padding": null,
     "added_tokens": [{"id": 0, "content": "w0", "single_word": false, "lstrip": false,
                       "rstrip": false, "normalized": false, "special": true}],
     "pre_tokenizer": {"type": "WhitespaceSplit"}, "decoder": null, "post_processor": null,
     "model": {"type": "WordLevel", "unk_token": "w1", "vocab": {%s}}}\
    """
        .formatted(words);
  }

  private byte[] graph() {
    shape.tensors().forEach((name, t) -> graph.initializer(floats(name, t.values(), t.shape())));
    graph
        .initializer(longs("one", 1))
        .initializer(longs("zero", 0))
        .initializer(longs("two", 2))
        .initializer(scalar("s0", 0))
        .initializer(scalar("s1", 1))
        .initializer(longs("halves", shape.headDim() / 2, shape.headDim() / 2))
        .initializer(longs("q_split", 0, 0, shape.heads(), shape.headDim()))
        .initializer(longs("kv_split", 0, 0, shape.kvHeads(), shape.headDim()))
        .initializer(longs("joined", 0, 0, (long) shape.heads() * shape.headDim()))
        .initializer(longs("groups", groups()))
        .initializer(floats("scale", new float[] {(float) (1 / Math.sqrt(shape.headDim()))}))
        .initializer(floats("none", new float[] {0}))
        .initializer(floats("barred", new float[] {-1e9f}));
    inputs();
    node1("Gather", "x", "embedding", "input_ids");
    String x = "x";
    for (int layer = 0; layer < shape.layers(); layer++) {
      x = block("l" + layer + ".", layer, x);
    }
    logits(x);
    return graph.nodes(nodes).model();
  }

  private long[] groups() {
    long[] groups = new long[shape.heads()];
    for (int head = 0; head < groups.length; head++) {
      groups[head] = head / (shape.heads() / shape.kvHeads());
    }
    return groups;
  }

  private void inputs() {
    graph.input(value("input_ids", INT64, "batch", "tokens"));
    if (form == Form.CANONICAL) {
      graph
          .input(value("seqlens_k", INT32, "batch"))
          .input(value("total_sequence_length", INT32))
          .input(value("logits_positions", INT64, "batch", "wanted"));
      return;
    }
    graph.input(value("attention_mask", INT64, "batch", "all_tokens"));
    if (form.positions) {
      graph.input(value("position_ids", INT64, "batch", "tokens"));
    }
    if (form.grouped) {
      lengthsOfMask();
    } else {
      maskOfPairs();
      rotaryTables();
    }
  }

  private void lengthsOfMask() {
    nodes.add(node("ReduceSum", List.of("attention_mask", "one"), "sum", attribute("keepdims", 0)));
    node1("Sub", "last", "sum", "one");
    nodes.add(node("Cast", List.of("last"), "seqlens_k", attribute("to", INT32)));
    node1("Shape", "mask_shape", "attention_mask");
    node1("Gather", "mask_width", "mask_shape", "s1");
    nodes.add(node("Cast", List.of("mask_width"), "total_sequence_length", attribute("to", INT32)));
  }

  /** What each query may look at: 0 or a very negative number, batch × 1 × tokens × all tokens. */
  private void maskOfPairs() {
    node1("Shape", "mask_shape", "attention_mask");
    node1("Gather", "all", "mask_shape", "s1");
    node1("Shape", "ids_shape", "input_ids");
    node1("Gather", "new", "ids_shape", "s1");
    node1("Sub", "past", "all", "new");
    node1("Range", "columns", "s0", "all", "s1");
    node1("Range", "rows", "past", "all", "s1");
    node1("Unsqueeze", "rows2", "rows", "one");
    node1("LessOrEqual", "causal", "columns", "rows2");
    nodes.add(node("Cast", List.of("attention_mask"), "own", attribute("to", GraphBytes.BOOL)));
    node1("Unsqueeze", "own3", "own", "one");
    node1("Unsqueeze", "own4", "own3", "one");
    node1("And", "open", "own4", "causal");
    node1("Where", "bias", "open", "none", "barred");
  }

  private void rotaryTables() {
    String positions = "position_ids";
    if (!form.positions) {
      node1("Unsqueeze", "counted", "rows", "zero");
      positions = "counted";
    }
    node1("Gather", "cos3", "cos", positions);
    node1("Unsqueeze", "cos4", "cos3", "one");
    node1("Gather", "sin3", "sin", positions);
    node1("Unsqueeze", "sin4", "sin3", "one");
  }

  private String block(String l, int layer, String x) {
    String h = norm(l + "n1", x);
    node1("MatMul", l + "qx", h, l + "q");
    node1("MatMul", l + "kx", h, l + "k");
    node1("MatMul", l + "vx", h, l + "v");
    String attended = form.grouped ? grouped(l, layer) : explicit(l, layer);
    node1("MatMul", l + "ox", attended, l + "o");
    node1("Add", l + "x1", x, l + "ox");
    String inner = norm(l + "n2", l + "x1");
    node1("MatMul", l + "ux", inner, l + "up");
    node1("Relu", l + "rx", l + "ux");
    node1("MatMul", l + "dx", l + "rx", l + "down");
    node1("Add", l + "x2", l + "x1", l + "dx");
    return l + "x2";
  }

  private String norm(String name, String x) {
    node1("LayerNormalization", name, x, "norm");
    return name;
  }

  private String grouped(String l, int layer) {
    cacheValues(layer, "capacity", "capacity");
    List<String> qkv = new ArrayList<>();
    for (String part : List.of("qx", "kx", "vx")) {
      qkv.add(cast(l + part, cacheType));
    }
    qkv.addAll(List.of(past(layer, "key"), past(layer, "value")));
    qkv.addAll(List.of("seqlens_k", "total_sequence_length"));
    qkv.addAll(List.of(once("cos", layer), once("sin", layer)));
    nodes.add(
        node(
            "com.microsoft",
            "GroupQueryAttention",
            qkv,
            List.of(l + "a", present(layer, "key"), present(layer, "value")),
            attribute("num_heads", shape.heads()),
            attribute("kv_num_heads", shape.kvHeads()),
            attribute("do_rotary", 1)));
    return cast(l + "a", FLOAT);
  }

  private String once(String table, int layer) {
    return cacheType == FLOAT ? table : castAs(table, FLOAT16, table + "_" + layer);
  }

  private String cast(String name, int type) {
    return cacheType == FLOAT ? name : castAs(name, type, name + "_cast");
  }

  private String castAs(String name, int type, String result) {
    nodes.add(node("Cast", List.of(name), result, attribute("to", type)));
    return result;
  }

  private String explicit(String l, int layer) {
    heads(l + "qx", "q_split", l + "qh");
    heads(l + "kx", "kv_split", l + "kh");
    heads(l + "vx", "kv_split", l + "vall");
    rotate(l + "qh", l + "qr");
    rotate(l + "kh", l + "kall");
    String keys = l + "kall";
    String values = l + "vall";
    if (form != Form.UNCACHED) {
      cacheValues(layer, "past", "all_tokens");
      keys = grown(l + "kc", layer, "key", keys);
      values = grown(l + "vc", layer, "value", values);
    }
    nodes.add(node("Gather", List.of(keys, "groups"), l + "kg", attribute("axis", 1)));
    nodes.add(node("Gather", List.of(values, "groups"), l + "vg", attribute("axis", 1)));
    transpose(l + "kg", l + "kt", 0, 1, 3, 2);
    node1("MatMul", l + "dots", l + "qr", l + "kt");
    node1("Mul", l + "scaled", l + "dots", "scale");
    node1("Add", l + "masked", l + "scaled", "bias");
    nodes.add(node("Softmax", List.of(l + "masked"), l + "weights", attribute("axis", -1)));
    node1("MatMul", l + "mixed", l + "weights", l + "vg");
    transpose(l + "mixed", l + "back", 0, 2, 1, 3);
    node1("Reshape", l + "a", l + "back", "joined");
    return l + "a";
  }

  private void heads(String x, String split, String result) {
    node1("Reshape", x + "4", x, split);
    transpose(x + "4", result, 0, 2, 1, 3);
  }

  private void transpose(String x, String result, long... order) {
    nodes.add(node("Transpose", List.of(x), result, attribute("perm", order)));
  }

  private void rotate(String x, String result) {
    nodes.add(
        node(
            "", "Split", List.of(x, "halves"), List.of(x + "_a", x + "_b"), attribute("axis", -1)));
    node1("Mul", x + "_ac", x + "_a", "cos4");
    node1("Mul", x + "_bs", x + "_b", "sin4");
    node1("Sub", x + "_1", x + "_ac", x + "_bs");
    node1("Mul", x + "_bc", x + "_b", "cos4");
    node1("Mul", x + "_as", x + "_a", "sin4");
    node1("Add", x + "_2", x + "_bc", x + "_as");
    nodes.add(node("Concat", List.of(x + "_1", x + "_2"), result, attribute("axis", -1)));
  }

  /** The cache with the new keys or values behind it; gives it to the outside, too. */
  private String grown(String name, int layer, String kind, String fresh) {
    boolean sequenceFirst = form == Form.SEQUENCE_FIRST;
    String before = cast(past(layer, kind), FLOAT);
    if (sequenceFirst) {
      transpose(before, name + "_in", 1, 2, 0, 3);
      before = name + "_in";
    }
    nodes.add(node("Concat", List.of(before, fresh), name, attribute("axis", 2)));
    String after = name;
    if (sequenceFirst) {
      transpose(name, name + "_out", 2, 0, 1, 3);
      after = name + "_out";
    }
    castAs(after, cacheType, present(layer, kind));
    return name;
  }

  private void cacheValues(int layer, String before, String after) {
    for (String kind : List.of("key", "value")) {
      graph.input(value(past(layer, kind), cacheType, cacheSizes(before)));
      graph.output(value(present(layer, kind), cacheType, cacheSizes(after)));
    }
  }

  private String[] cacheSizes(String tokens) {
    String heads = Integer.toString(shape.kvHeads());
    String width = Integer.toString(shape.headDim());
    return form == Form.SEQUENCE_FIRST
        ? new String[] {tokens, "batch", heads, width}
        : new String[] {"batch", heads, tokens, width};
  }

  private static String past(int layer, String kind) {
    return "past_key_values." + layer + "." + kind;
  }

  private static String present(int layer, String kind) {
    return "present." + layer + "." + kind;
  }

  private void logits(String x) {
    String wanted = x;
    if (form == Form.CANONICAL) {
      node1("Unsqueeze", "positions3", "logits_positions", "two");
      nodes.add(node("GatherND", List.of(x, "positions3"), "wanted", attribute("batch_dims", 1)));
      wanted = "wanted";
    }
    String h = norm("nf", wanted);
    if (dependent) {
      nodes.add(node("ReduceMean", List.of(h), "mean", attribute("keepdims", 1)));
      node1("Sub", "shifted", h, "mean");
      nodes.add(node("ReduceMax", List.of(x), "peak", attribute("keepdims", 1)));
      node1("Mul", "company", "shifted", "peak");
      h = "company";
    }
    node1("MatMul", "logits", h, "head");
    graph.output(value("logits", FLOAT, "batch", "tokens", Integer.toString(shape.vocabulary())));
  }

  private void node1(String type, String output, String... inputs) {
    nodes.add(node(type, List.of(inputs), output));
  }
}
