package org.openautoglm.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.AbstractRecords;
import org.apache.kafka.common.record.RecordBatch;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.settlement.RecordSize;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.flow.OutputRecord.Destination;

/** The size that settle reckons with is never under what Kafka's producer refuses by. */
class RecordSizeTest {
  private final Random random = new Random(7);

  @Test
  void isNeverUnderKafkasEstimateAndHardlyOver() {
    for (int round = 0; round < 2_000; round++) {
      byte[] key =
          random.nextInt(4) == 0 ? null : new byte[random.nextInt(1 << random.nextInt(18))];
      byte[] value =
          random.nextInt(9) == 0 ? null : new byte[random.nextInt(1 << random.nextInt(21))];
      List<Header> headers = new ArrayList<>();
      RecordHeaders kafka = new RecordHeaders();
      for (int i = random.nextInt(6); i > 0; i--) {
        String name = "标h".repeat(1 + random.nextInt(90));
        byte[] content = new byte[random.nextInt(20_000)];
        headers.add(
            Header.newBuilder().setKey(name).setValue(ByteString.copyFrom(content)).build());
        kafka.add(name, content);
      }
      long estimate =
          AbstractRecords.estimateSizeInBytesUpperBound(
              RecordBatch.CURRENT_MAGIC_VALUE,
              Compression.NONE.type(),
              key,
              value,
              kafka.toArray());
      assertThat(RecordSize.of(new OutputRecord(Destination.RESULTS, key, value, headers)))
          .isBetween(estimate, estimate + 20 + 12L * headers.size());
    }
  }
}
