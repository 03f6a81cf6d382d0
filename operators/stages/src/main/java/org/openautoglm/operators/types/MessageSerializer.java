package org.openautoglm.operators.types;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Writes a protobuf message as its length, four bytes, and its bytes. */
final class MessageSerializer<T extends Message> extends ValueSerializer<T> {
  private static final long serialVersionUID = 1L;

  private final Class<T> type;
  private transient T defaultInstance;

  MessageSerializer(Class<T> type) {
    this.type = type;
  }

  Class<T> type() {
    return type;
  }

  @Override
  public T createInstance() {
    return defaultInstance();
  }

  @Override
  public void serialize(T message, DataOutputView target) throws IOException {
    byte[] bytes = message.toByteArray();
    target.writeInt(bytes.length);
    target.write(bytes);
  }

  @Override
  public T deserialize(DataInputView source) throws IOException {
    byte[] bytes = new byte[source.readInt()];
    source.readFully(bytes);
    CodedInputStream input = CodedInputStream.newInstance(bytes);
    input.enableAliasing(true);
    return parser().parseFrom(input);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    int length = source.readInt();
    target.writeInt(length);
    target.write(source, length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MessageSerializer<?> that && type.equals(that.type);
  }

  @Override
  public int hashCode() {
    return type.hashCode();
  }

  @Override
  public TypeSerializerSnapshot<T> snapshotConfiguration() {
    return new MessageSerializerSnapshot<>(type);
  }

  @SuppressWarnings("unchecked")
  private Parser<T> parser() {
    return (Parser<T>) defaultInstance().getParserForType();
  }

  private T defaultInstance() {
    if (defaultInstance == null) {
      try {
        defaultInstance = type.cast(type.getMethod("getDefaultInstance").invoke(null));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(type + " is not a generated protobuf message", e);
      }
    }
    return defaultInstance;
  }
}
