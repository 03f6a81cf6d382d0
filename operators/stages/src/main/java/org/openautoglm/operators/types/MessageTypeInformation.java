package org.openautoglm.operators.types;

import com.google.protobuf.Message;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/**
 * Flink's view of a protobuf message: immutable, so never copied between chained operators, and
 * serialised as protobuf on the network and in state, so fields may be added without migrating
 * savepoints.
 */
public final class MessageTypeInformation<T extends Message> extends ValueTypeInformation<T> {
  private static final long serialVersionUID = 1L;

  private MessageTypeInformation(Class<T> type) {
    super(type);
  }

  public static <T extends Message> MessageTypeInformation<T> ofMessage(Class<T> type) {
    return new MessageTypeInformation<>(type);
  }

  @Override
  public TypeSerializer<T> createSerializer(SerializerConfig config) {
    return new MessageSerializer<>(getTypeClass());
  }
}
