package org.openautoglm.operators.types;

import com.google.protobuf.Message;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/**
 * Flink's view of a protobuf message: immutable, so never copied between chained operators, and
 * serialised as protobuf on the network and in state, so fields may be added without migrating
 * savepoints.
 */
public final class MessageTypeInformation<T extends Message> extends TypeInformation<T> {
  private static final long serialVersionUID = 1L;

  private final Class<T> type;

  private MessageTypeInformation(Class<T> type) {
    this.type = type;
  }

  public static <T extends Message> MessageTypeInformation<T> ofMessage(Class<T> type) {
    return new MessageTypeInformation<>(type);
  }

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  public Class<T> getTypeClass() {
    return type;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public TypeSerializer<T> createSerializer(SerializerConfig config) {
    return new MessageSerializer<>(type);
  }

  @Override
  public String toString() {
    return "Message<" + type.getSimpleName() + ">";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MessageTypeInformation<?> that && type.equals(that.type);
  }

  @Override
  public int hashCode() {
    return type.hashCode();
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof MessageTypeInformation;
  }
}
