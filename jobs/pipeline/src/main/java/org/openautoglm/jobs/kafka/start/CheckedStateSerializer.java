package org.openautoglm.jobs.kafka.start;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumStateSerializer;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Kafka's own form of the state, with the identity behind each partition.
 *
 * <pre>
 * partitions, version of a partition's form
 * for each: length, [topic, number, offset, stop] + [mark, job's name, topic's id], status
 * discovered
 * </pre>
 *
 * <p>Kafka's serializer reads a partition from the front of its bytes and does not look at what is
 * behind. So a version of this job that knows nothing of identities reads these checkpoints, too,
 * and a rollback has its state; and this one reads those, which have none.
 */
final class CheckedStateSerializer implements SimpleVersionedSerializer<CheckedState> {
  /** The form of Kafka's that is taken apart here. */
  private static final int KAFKA_VERSION = 3;

  private static final int MARK = 0x41474c4d;

  private final SimpleVersionedSerializer<KafkaSourceEnumState> kafka =
      new KafkaSourceEnumStateSerializer();

  @Override
  public int getVersion() {
    return kafka.getVersion();
  }

  @Override
  public byte[] serialize(CheckedState state) throws IOException {
    if (kafka.getVersion() != KAFKA_VERSION) {
      throw new IOException("the Kafka connector writes its state in another form than known here");
    }
    byte[] plain = kafka.serialize(state.kafka());
    return state.identity().isPresent() ? marked(plain, state.identity().get()) : plain;
  }

  @Override
  public CheckedState deserialize(int version, byte[] serialized) throws IOException {
    return new CheckedState(kafka.deserialize(version, serialized), identity(version, serialized));
  }

  private static byte[] marked(byte[] plain, SourceIdentity identity) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(plain));
    DataOutputStream out = new DataOutputStream(bytes);
    int partitions = in.readInt();
    out.writeInt(partitions);
    out.writeInt(in.readInt());
    for (int i = 0; i < partitions; i++) {
      byte[] split = in.readNBytes(in.readInt());
      byte[] mark = mark(topic(split), identity);
      out.writeInt(split.length + mark.length);
      out.write(split);
      out.write(mark);
      out.writeInt(in.readInt());
    }
    out.write(in.readAllBytes());
    return bytes.toByteArray();
  }

  private static byte[] mark(String topic, SourceIdentity identity) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(MARK);
    out.writeUTF(identity.name());
    out.writeUTF(identity.topicIds().getOrDefault(topic, ""));
    return bytes.toByteArray();
  }

  /** Whose state it is, by the same bytes. */
  static Optional<SourceIdentity> identity(int version, byte[] serialized) throws IOException {
    if (version != KAFKA_VERSION) {
      return Optional.empty();
    }
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized));
    int partitions = in.readInt();
    in.readInt();
    String name = null;
    Map<String, String> topicIds = new HashMap<>();
    for (int i = 0; i < partitions; i++) {
      DataInputStream split =
          new DataInputStream(new ByteArrayInputStream(in.readNBytes(in.readInt())));
      String topic = readSplit(split);
      if (split.available() > Integer.BYTES && split.readInt() == MARK) {
        name = split.readUTF();
        String id = split.readUTF();
        if (!id.isEmpty()) {
          topicIds.put(topic, id);
        }
      }
      in.readInt();
    }
    return Optional.ofNullable(name).map(found -> new SourceIdentity(found, topicIds));
  }

  private static String topic(byte[] split) throws IOException {
    return new DataInputStream(new ByteArrayInputStream(split)).readUTF();
  }

  /** Reads past what is Kafka's. */
  private static String readSplit(DataInputStream split) throws IOException {
    String topic = split.readUTF();
    split.readInt();
    split.readLong();
    split.readLong();
    return topic;
  }
}
