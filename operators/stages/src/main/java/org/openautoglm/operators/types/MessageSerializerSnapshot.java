package org.openautoglm.operators.types;

import com.google.protobuf.Message;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.util.InstantiationUtil;

/** Remembers which message a state holds. Protobuf itself reads older and newer versions of it. */
public final class MessageSerializerSnapshot<T extends Message>
    implements TypeSerializerSnapshot<T> {
  private Class<T> type;

  /** For Flink, which then calls {@link #readSnapshot}. */
  public MessageSerializerSnapshot() {}

  MessageSerializerSnapshot(Class<T> type) {
    this.type = type;
  }

  @Override
  public int getCurrentVersion() {
    return 1;
  }

  @Override
  public void writeSnapshot(DataOutputView out) throws IOException {
    out.writeUTF(type.getName());
  }

  @Override
  public void readSnapshot(int version, DataInputView in, ClassLoader userCodeClassLoader)
      throws IOException {
    type = InstantiationUtil.resolveClassByName(in, userCodeClassLoader);
  }

  @Override
  public TypeSerializer<T> restoreSerializer() {
    return new MessageSerializer<>(type);
  }

  @Override
  public TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(
      TypeSerializerSnapshot<T> oldSnapshot) {
    return oldSnapshot instanceof MessageSerializerSnapshot<T> old && old.type == type
        ? TypeSerializerSchemaCompatibility.compatibleAsIs()
        : TypeSerializerSchemaCompatibility.incompatible();
  }
}
