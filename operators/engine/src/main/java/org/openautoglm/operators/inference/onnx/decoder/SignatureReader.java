package org.openautoglm.operators.inference.onnx.decoder;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.openautoglm.operators.inference.model.DecoderConfig;
import org.openautoglm.operators.inference.model.Problems;
import org.openautoglm.operators.inference.onnx.decoder.DecoderSignature.Content;
import org.openautoglm.operators.inference.onnx.decoder.DecoderSignature.Input;

/** Recognises a decoder's graph, and gathers everything that keeps it from being one. */
final class SignatureReader {
  private static final Pattern PAST =
      Pattern.compile("past(?:_key_values|_key_value)?[._](\\d+)[._](key|value)");
  private static final Pattern PRESENT =
      Pattern.compile("present(?:_key_values|_key_value)?[._](\\d+)[._](key|value)");
  private static final Set<OnnxJavaType> FLOATS =
      EnumSet.of(OnnxJavaType.FLOAT, OnnxJavaType.FLOAT16);
  private static final Set<OnnxJavaType> WHOLE =
      EnumSet.of(OnnxJavaType.INT64, OnnxJavaType.INT32, OnnxJavaType.BOOL);
  private static final String EXPORT =
      "export the graph for the task text-generation-with-past, or convert the directory";

  private final String file;
  private final DecoderConfig config;
  private final Problems problems;
  private final List<Input> inputs = new ArrayList<>();
  private final Map<Integer, Map<String, TensorInfo>> shapes = new TreeMap<>();
  private final Map<String, String> past = new HashMap<>();
  private final Map<String, String> present = new HashMap<>();

  /**
   * @param file the graph's name in its directory
   * @param config says what the axes leave open
   */
  SignatureReader(String file, DecoderConfig config, Problems problems) {
    this.file = file;
    this.config = config;
    this.problems = problems;
  }

  /** The signature; without meaning where a problem was noted. */
  DecoderSignature read(OrtSession session) throws OrtException {
    session.getInputInfo().values().forEach(this::readInput);
    Optional<NodeInfo> logits = Optional.empty();
    for (NodeInfo output : session.getOutputInfo().values()) {
      Matcher name = PRESENT.matcher(output.getName());
      if (name.matches()) {
        present.put(name.group(1) + name.group(2), output.getName());
      } else if (output.getName().equals("logits") && type(output, FLOATS) != null) {
        logits = Optional.of(output);
      }
    }
    if (inputs.stream().noneMatch(input -> input.content() == Content.TOKENS)) {
      problems.add(file, "has no input input_ids", EXPORT);
    }
    if (logits.isEmpty()) {
      problems.add(
          file, "has no output logits of floats among " + session.getOutputNames(), EXPORT);
    }
    List<CacheLayer> layers = layers();
    OnnxJavaType logitsType = logits.map(output -> type(output, FLOATS)).orElse(null);
    return new DecoderSignature(inputs, "logits", logitsType, layers, cacheShape());
  }

  private void readInput(NodeInfo node) {
    Matcher name = PAST.matcher(node.getName());
    if (name.matches() && node.getInfo() instanceof TensorInfo tensor) {
      int layer = Integer.parseInt(name.group(1));
      past.put(name.group(1) + name.group(2), node.getName());
      shapes.computeIfAbsent(layer, any -> new HashMap<>()).put(name.group(2), tensor);
      return;
    }
    for (Content content : Content.values()) {
      if (content.inputName().equals(node.getName())) {
        OnnxJavaType type = type(node, WHOLE);
        if (type != null && content.hasRank(rank(node))) {
          inputs.add(new Input(node.getName(), content, type, rank(node)));
          return;
        }
      }
    }
    problems.add(
        file,
        "takes the input " + node.getName() + " (" + node.getInfo() + "), which is not known",
        EXPORT);
  }

  private List<CacheLayer> layers() {
    List<CacheLayer> layers = new ArrayList<>();
    for (int layer = 0; layer < shapes.size(); layer++) {
      List<String> names = new ArrayList<>();
      for (String kind : List.of("key", "value")) {
        names.add(cacheName(past, "input past_key_values.", layer, kind));
        names.add(cacheName(present, "output present.", layer, kind));
      }
      layers.add(new CacheLayer(names.get(0), names.get(2), names.get(1), names.get(3)));
    }
    return layers;
  }

  private String cacheName(Map<String, String> names, String kindOfName, int layer, String kind) {
    String name = names.get(layer + kind);
    if (name == null) {
      problems.add(
          file,
          "has no " + kindOfName + layer + "." + kind + ", though it has caches of other layers",
          EXPORT);
      return "";
    }
    return name;
  }

  /** All caches have the shape of the first, or the graph is not one of those known. */
  private CacheShape cacheShape() {
    CacheShape shape = null;
    for (Map<String, TensorInfo> layer : shapes.values()) {
      for (TensorInfo tensor : layer.values()) {
        CacheShape next = cacheShape(tensor);
        if (next == null || (shape != null && !shape.equals(next))) {
          problems.add(
              file,
              "has caches of different or unknown shapes, such as " + tensor,
              "only batch × heads × tokens × width and tokens × batch × heads × width of fp32 or"
                  + " fp16 are known; "
                  + EXPORT);
          return CacheShape.NONE;
        }
        shape = next;
      }
    }
    return shape == null ? CacheShape.NONE : shape;
  }

  private CacheShape cacheShape(TensorInfo tensor) {
    long[] axes = tensor.getShape();
    if (axes.length != 4 || !FLOATS.contains(tensor.type)) {
      return null;
    }
    boolean sequenceFirst = isSequenceFirst(axes, tensor.getDimensionNames());
    int heads = known(axes[sequenceFirst ? 2 : 1], config.kvHeads());
    int width = known(axes[3], config.headWidth());
    return heads == 0 || width == 0
        ? null
        : new CacheShape(heads, width, tensor.type, sequenceFirst);
  }

  /** The axis of the heads is the one of the middle two whose size is known. */
  private static boolean isSequenceFirst(long[] axes, String[] names) {
    if (axes[1] > 0 || axes[2] > 0) {
      return axes[1] <= 0;
    }
    return names.length == 4 && names[1].contains("batch");
  }

  private static int known(long axis, int configured) {
    return axis > 0 ? Math.toIntExact(axis) : configured;
  }

  private static OnnxJavaType type(NodeInfo node, Set<OnnxJavaType> allowed) {
    return node.getInfo() instanceof TensorInfo tensor && allowed.contains(tensor.type)
        ? tensor.type
        : null;
  }

  private static int rank(NodeInfo node) {
    return ((TensorInfo) node.getInfo()).getShape().length;
  }
}
