package org.openautoglm.operators.conversion.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An operator with its attributes: what a node does, without what it does it to. Immutable.
 *
 * @param domain empty for ONNX's own operators
 * @param name what its node is called; empty: after the type
 */
public record Op(String domain, String type, String name, List<AttributeProto> attributes) {
  /** The domain of ONNX Runtime's own operators. */
  public static final String MICROSOFT = "com.microsoft";

  public Op {
    attributes = List.copyOf(attributes);
  }

  /** One of ONNX's own operators. */
  public static Op of(String type) {
    return new Op("", type, "", List.of());
  }

  /** One of ONNX Runtime's own operators, which it documents as ContribOperators. */
  public static Op microsoft(String type) {
    return new Op(MICROSOFT, type, "", List.of());
  }

  /** The same, in a node and with a first output of that name. */
  public Op named(String node) {
    return new Op(domain, type, node, attributes);
  }

  /** The same with an integer. */
  public Op with(String attribute, long value) {
    return and(attribute(attribute, AttributeType.INT).setI(value));
  }

  /** The same with a number. */
  public Op with(String attribute, float value) {
    return and(attribute(attribute, AttributeType.FLOAT).setF(value));
  }

  /** The same with a text. */
  public Op with(String attribute, String value) {
    return and(attribute(attribute, AttributeType.STRING).setS(ByteString.copyFromUtf8(value)));
  }

  /** The same with a list of integers. */
  public Op withAll(String attribute, long... values) {
    return and(
        attribute(attribute, AttributeType.INTS)
            .addAllInts(Arrays.stream(values).boxed().toList()));
  }

  private Op and(AttributeProto.Builder attribute) {
    List<AttributeProto> all = new ArrayList<>(attributes);
    all.add(attribute.build());
    return new Op(domain, type, name, all);
  }

  private static AttributeProto.Builder attribute(String name, AttributeType type) {
    return AttributeProto.newBuilder().setName(name).setType(type);
  }
}
