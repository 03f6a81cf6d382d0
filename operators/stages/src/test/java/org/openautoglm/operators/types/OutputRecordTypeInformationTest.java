package org.openautoglm.operators.types;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.flow.OutputRecord.Destination;

class OutputRecordTypeInformationTest {
  private static final Header HEADER =
      Header.newBuilder().setKey("k").setValue(ByteString.copyFromUtf8("值")).build();
  private static final Header WITHOUT_VALUE = Header.newBuilder().setKey("empty").build();

  private final TypeSerializer<OutputRecord> serializer =
      new OutputRecordTypeInformation().createSerializer(null);

  @Test
  void everyFieldCrossesTheNetwork() throws IOException {
    for (Destination destination : Destination.values()) {
      assertSame(
          new OutputRecord(
              destination, "键".getBytes(UTF_8), new byte[] {-1, 0, 1}, List.of(HEADER)));
    }
  }

  @Test
  void absentIsNotEmpty() throws IOException {
    assertSame(new OutputRecord(Destination.DEAD_LETTERS, null, null, List.of(WITHOUT_VALUE)));
    assertSame(new OutputRecord(Destination.DEAD_LETTERS, new byte[0], new byte[0], List.of()));
  }

  @Test
  void bytesAreCopiedWithoutReadingMoreThanOneRecord() throws IOException {
    DataOutputSerializer two = new DataOutputSerializer(64);
    OutputRecord first = new OutputRecord(Destination.RESULTS, null, new byte[3], List.of(HEADER));
    serializer.serialize(first, two);
    int one = two.length();
    serializer.serialize(new OutputRecord(Destination.AUDIT, null, null, List.of()), two);
    DataInputDeserializer from = new DataInputDeserializer(two.getCopyOfBuffer());
    DataOutputSerializer copy = new DataOutputSerializer(64);

    serializer.copy(from, copy);

    assertThat(copy.length()).isEqualTo(one);
    assertThat(serializer.deserialize(from).destination()).isEqualTo(Destination.AUDIT);
  }

  private void assertSame(OutputRecord record) throws IOException {
    DataOutputSerializer bytes = new DataOutputSerializer(64);
    serializer.serialize(record, bytes);
    OutputRecord read = serializer.deserialize(new DataInputDeserializer(bytes.getCopyOfBuffer()));

    assertThat(read.destination()).isEqualTo(record.destination());
    assertThat(read.key()).isEqualTo(record.key());
    assertThat(read.value()).isEqualTo(record.value());
    assertThat(read.headers()).isEqualTo(record.headers());
  }
}
