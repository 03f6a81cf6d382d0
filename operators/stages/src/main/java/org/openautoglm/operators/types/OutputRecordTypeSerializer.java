package org.openautoglm.operators.types;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.annotation.Nullable;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.flow.OutputRecord.Destination;

/** Writes an output record field by field; for sinks that are not chained to their settle stage. */
final class OutputRecordTypeSerializer extends ValueSerializer<OutputRecord> {
  static final OutputRecordTypeSerializer INSTANCE = new OutputRecordTypeSerializer();

  private static final long serialVersionUID = 1L;

  private static final int ABSENT = -1;
  private static final OutputRecord EMPTY =
      new OutputRecord(Destination.RESULTS, null, null, List.of());

  @Override
  public OutputRecord createInstance() {
    return EMPTY;
  }

  @Override
  public void serialize(OutputRecord record, DataOutputView target) throws IOException {
    target.writeUTF(record.destination().name());
    write(record.key(), target);
    write(record.value(), target);
    target.writeInt(record.headers().size());
    for (Header header : record.headers()) {
      write(header.toByteArray(), target);
    }
  }

  @Override
  public OutputRecord deserialize(DataInputView source) throws IOException {
    Destination destination = Destination.valueOf(source.readUTF());
    byte[] key = read(source);
    byte[] value = read(source);
    int count = source.readInt();
    List<Header> headers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      headers.add(Header.parseFrom(read(source)));
    }
    return new OutputRecord(destination, key, value, headers);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    serialize(deserialize(source), target);
  }

  private static void write(@Nullable byte[] bytes, DataOutputView target) throws IOException {
    target.writeInt(bytes == null ? ABSENT : bytes.length);
    if (bytes != null) {
      target.write(bytes);
    }
  }

  @Nullable
  private static byte[] read(DataInputView source) throws IOException {
    int length = source.readInt();
    if (length == ABSENT) {
      return null;
    }
    byte[] bytes = new byte[length];
    source.readFully(bytes);
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof OutputRecordTypeSerializer;
  }

  @Override
  public int hashCode() {
    return OutputRecordTypeSerializer.class.hashCode();
  }

  @Override
  public TypeSerializerSnapshot<OutputRecord> snapshotConfiguration() {
    return new Snapshot();
  }

  /** For Flink; there is only one version. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<OutputRecord> {
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
