package org.openautoglm.operators.inference.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.openautoglm.operators.conversion.check.LoadedGraph;
import org.openautoglm.operators.inference.onnx.runtime.Sessions;

/** A session behind conversion's port. */
final class OnnxLoadedGraph implements LoadedGraph {
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final List<Slot> inputs;
  private final List<Slot> outputs;
  private final Map<String, String> metadata;

  private OnnxLoadedGraph(OrtEnvironment environment, OrtSession session) throws OrtException {
    this.environment = environment;
    this.session = session;
    this.inputs = slots(session.getInputInfo().values());
    this.outputs = slots(session.getOutputInfo().values());
    this.metadata = session.getMetadata().getCustomMetadata();
  }

  /**
   * Wraps a session.
   *
   * @param session owned by the graph from now on
   */
  static OnnxLoadedGraph of(OrtEnvironment environment, OrtSession session) throws OrtException {
    OnnxLoadedGraph graph = null;
    try {
      graph = new OnnxLoadedGraph(environment, session);
      return graph;
    } finally {
      if (graph == null) {
        Sessions.close(session);
      }
    }
  }

  private static List<Slot> slots(Collection<NodeInfo> nodes) {
    List<Slot> slots = new ArrayList<>();
    for (NodeInfo node : nodes) {
      if (node.getInfo() instanceof TensorInfo tensor) {
        List<Long> shape = Arrays.stream(tensor.getShape()).boxed().toList();
        slots.add(new Slot(node.getName(), element(tensor.type), shape));
      } else {
        slots.add(new Slot(node.getName(), Element.OTHER, List.of()));
      }
    }
    return List.copyOf(slots);
  }

  private static Element element(OnnxJavaType type) {
    return switch (type) {
      case FLOAT -> Element.FLOAT;
      case FLOAT16 -> Element.FLOAT16;
      case INT64 -> Element.INT64;
      case INT32 -> Element.INT32;
      default -> Element.OTHER;
    };
  }

  private static OnnxJavaType type(Element element) {
    return switch (element) {
      case FLOAT -> OnnxJavaType.FLOAT;
      case FLOAT16 -> OnnxJavaType.FLOAT16;
      case INT64 -> OnnxJavaType.INT64;
      case INT32 -> OnnxJavaType.INT32;
      case OTHER -> throw new IllegalArgumentException("no tensors of other numbers can be made");
    };
  }

  @Override
  public List<Slot> inputs() {
    return inputs;
  }

  @Override
  public List<Slot> outputs() {
    return outputs;
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public Tensor tensor(Element element, ByteBuffer data, long... shape) throws IOException {
    try {
      return new OrtTensor(OnnxTensor.createTensor(environment, data, shape, type(element)));
    } catch (OrtException e) {
      throw new IOException("no tensor can be made: " + e.getMessage(), e);
    }
  }

  @Override
  public Outputs run(
      Map<String, Tensor> inputs, Collection<String> wanted, Map<String, Tensor> into)
      throws IOException {
    Set<String> free = new HashSet<>(wanted);
    free.removeAll(into.keySet());
    try {
      return new OrtOutputs(session.run(natives(inputs), free, natives(into)), into);
    } catch (OrtException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static Map<String, OnnxTensor> natives(Map<String, Tensor> tensors) {
    Map<String, OnnxTensor> natives = new HashMap<>();
    tensors.forEach((name, tensor) -> natives.put(name, ((OrtTensor) tensor).tensor));
    return natives;
  }

  @Override
  public void close() {
    Sessions.close(session);
  }

  private record OrtTensor(OnnxTensor tensor) implements Tensor {
    @Override
    public long[] shape() {
      return tensor.getInfo().getShape();
    }

    @Override
    public float[] floats() {
      FloatBuffer buffer = tensor.getFloatBuffer();
      if (buffer == null) {
        throw new IllegalStateException("not a tensor of floats: " + tensor.getInfo());
      }
      float[] values = new float[buffer.remaining()];
      buffer.get(values);
      return values;
    }

    @Override
    public void close() {
      tensor.close();
    }
  }

  private record OrtOutputs(OrtSession.Result result, Map<String, Tensor> into) implements Outputs {
    @Override
    public Tensor get(String name) {
      Tensor placed = into.get(name);
      return placed != null
          ? placed
          : new OrtTensor(
              (OnnxTensor)
                  result
                      .get(name)
                      .orElseThrow(
                          () -> new IllegalArgumentException("no output " + name + " was asked")));
    }

    @Override
    public void close() {
      result.close();
    }
  }
}
