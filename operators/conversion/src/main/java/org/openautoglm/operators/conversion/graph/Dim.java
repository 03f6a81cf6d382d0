package org.openautoglm.operators.conversion.graph;

import ai.onnx.proto.OnnxMl.TensorShapeProto;

/**
 * One size in the shape of a graph's input or output.
 *
 * @param name what a size is called that each run chooses; empty where it is fixed
 * @param size the size where it is fixed
 */
public record Dim(String name, long size) {

  public Dim {
    if (name.isEmpty() ? size < 0 : size != 0) {
      throw new IllegalArgumentException("a size is either named or a number: " + name + size);
    }
  }

  /** Always that size. */
  public static Dim of(long size) {
    return new Dim("", size);
  }

  /** As each run has it; the same name means the same size. */
  public static Dim free(String name) {
    return new Dim(name, 0);
  }

  TensorShapeProto.Dimension toProto() {
    TensorShapeProto.Dimension.Builder dimension = TensorShapeProto.Dimension.newBuilder();
    return name.isEmpty()
        ? dimension.setDimValue(size).build()
        : dimension.setDimParam(name).build();
  }
}
