package org.openautoglm.jobs.kafka.reading;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.DefaultRecordBatch;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.requests.FetchRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openautoglm.jobs.kafka.reading.Batches.Body;

class FetchGuardTest {
  private static final Uuid TOPIC = Uuid.randomUuid();
  private static final int RECORD_BYTES_MAX = 1 << 20;

  private final FetchGuard guard = new FetchGuard(new ReadingLimits(RECORD_BYTES_MAX, true));

  /** Whatever is in order passes as it is, not even copied. */
  @ParameterizedTest
  @EnumSource(CompressionType.class)
  void leavesWhatIsInOrder(CompressionType type) {
    MemoryRecords records =
        Batches.joined(Batches.of(7, type, 100, 1000), Batches.of(107, type, 3, 9));
    assertThat(fetched(records, 7)).isSameAs(records);
  }

  /** Chunks, blocks and frames as the codecs themselves write them are never underestimated. */
  @ParameterizedTest
  @EnumSource(CompressionType.class)
  void knowsWhatABatchUnpacksTo(CompressionType type) {
    for (int valueBytes : new int[] {0, 1, 1000, 65_536, 300_000, 5_000_000}) {
      MemoryRecords records = Batches.of(0, type, 1, valueBytes);
      ByteBuffer packed = records.buffer().position(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
      assertThat(UnpackedSize.atMost(type, packed))
          .as("%d bytes", valueBytes)
          .isBetween((long) valueBytes, valueBytes + 400_000L);
    }
  }

  @ParameterizedTest
  @EnumSource(value = CompressionType.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void marksTheRecordThatUnpacksToTooMuchAndKeepsItsNeighbours(CompressionType type) {
    MemoryRecords bomb =
        Batches.raw(
            5, type, List.of(Body.zeros(0, 10), Body.zeros(1, 60 << 20), Body.zeros(2, 20)));
    MemoryRecords records =
        Batches.joined(Batches.of(3, type, 2, 10), bomb, Batches.of(8, type, 1, 10));
    MemoryRecords mended = fetched(records, 3);
    assertThat(Batches.seen(mended)).containsExactly("3", "4", "5", "6!", "7", "8");
    assertThat(reason(mended, 6)).contains("bytes once it is unpacked", "1,048,576");
    assertThat(mended.sizeInBytes()).isLessThan(10_000);
    mended.batches().forEach(RecordBatch::ensureValid);
  }

  /** Many records of an allowed size: as much as a fetch may have, and the rest with the next. */
  @Test
  void leavesForTheNextFetchWhatDoesNotFit() {
    List<Body> bodies =
        LongStream.range(0, 100).mapToObj(i -> Body.zeros((int) i, 900_000)).toList();
    MemoryRecords records = Batches.raw(0, CompressionType.ZSTD, bodies);
    long next = 0;
    int fetches = 0;
    while (next < 100) {
      MemoryRecords part = fetched(records, next);
      assertThat(part.sizeInBytes()).isLessThan(40 << 20);
      for (Record record : part.records()) {
        assertThat(record.offset()).isEqualTo(next++);
      }
      fetches++;
    }
    assertThat(fetches).isEqualTo(3);
  }

  @Test
  void heavyBatchesOfOneFetchShareItsRoom() {
    MemoryRecords heavy = Batches.of(0, CompressionType.ZSTD, 1, 900_000);
    MemoryRecords[] all = new MemoryRecords[100];
    for (int i = 0; i < all.length; i++) {
      all[i] = Batches.of(i, CompressionType.ZSTD, 1, 900_000);
    }
    assertThat(Batches.seen(fetched(Batches.joined(all), 0))).hasSize((32 << 20) / 900_100);
    assertThat(Batches.seen(fetched(heavy, 0))).containsExactly("0");
  }

  @Test
  void fetchesADamagedBatchAgainBeforeItMarksIt() {
    MemoryRecords damaged = Batches.of(4, CompressionType.NONE, 3, 10);
    damaged.buffer().put(damaged.sizeInBytes() - 5, (byte) 77);
    MemoryRecords records =
        Batches.joined(
            Batches.of(3, CompressionType.NONE, 1, 1),
            damaged,
            Batches.of(7, CompressionType.NONE, 1, 1));
    assertThat(Batches.seen(fetched(records, 3))).containsExactly("3");
    assertThat(Batches.seen(fetched(records, 4))).containsExactly("3");
    MemoryRecords mended = fetched(records, 4);
    assertThat(Batches.seen(mended)).containsExactly("3", "4!", "5!", "6!", "7");
    assertThat(reason(mended, 5)).contains("checksum");
  }

  /** Where even the number of its records is damaged, one at a time. */
  @Test
  void goesOnBehindABatchWhoseHeaderIsDamaged() {
    MemoryRecords damaged = Batches.of(4, CompressionType.NONE, 3, 10);
    damaged.buffer().putInt(DefaultRecordBatch.LAST_OFFSET_DELTA_OFFSET, Integer.MAX_VALUE);
    fetched(damaged, 5);
    fetched(damaged, 5);
    assertThat(Batches.seen(fetched(damaged, 5))).containsExactly("5!");
  }

  @Test
  void marksACodecThatThereIsNot() {
    MemoryRecords unknown = Batches.of(4, CompressionType.ZSTD, 2, 10);
    ByteBuffer raw = unknown.buffer();
    raw.put(DefaultRecordBatch.CRC_OFFSET + 5, (byte) 7);
    MemoryRecords unchecked = MemoryRecords.readableRecords(raw);
    FetchGuard trusting = new FetchGuard(new ReadingLimits(RECORD_BYTES_MAX, false));
    FetchResponseData.PartitionData partition = partition(unchecked);
    trusting.received(response(partition));
    assertThat(Batches.seen((MemoryRecords) partition.records())).containsExactly("4!", "5!");
  }

  /** A length that lies is nothing that the frames show: it is found where the guard doubts. */
  @Test
  void inDoubtItReadsEveryBatch() {
    Body lying = new Body(900_000_000, ByteString.copyFrom(new byte[] {0, 0, 0}));
    Body odd = new Body(4, ByteString.copyFrom(new byte[] {0, 0, 0, 99}));
    MemoryRecords records =
        Batches.joined(
            Batches.raw(0, CompressionType.GZIP, List.of(Body.zeros(0, 5), odd, Body.zeros(2, 5))),
            Batches.lying(3, CompressionType.ZSTD, lying),
            Batches.of(4, CompressionType.LZ4, 1, 1));
    guard.doubtAll(true);
    assertThat(Batches.seen(fetched(records, 0))).containsExactly("0", "1!", "2", "3!", "4");
    guard.doubtAll(false);
  }

  private static String reason(MemoryRecords records, long offset) {
    for (Record record : records.records()) {
      if (record.offset() == offset) {
        return Unreadable.reason(record.headers()[0]).orElseThrow();
      }
    }
    throw new AssertionError("no record at " + offset);
  }

  private MemoryRecords fetched(MemoryRecords records, long fetchOffset) {
    TopicPartition tp = new TopicPartition("prompts", 0);
    guard.sent(
        FetchRequest.Builder.forConsumer(
            ApiKeys.FETCH.latestVersion(),
            500,
            1,
            Map.of(
                tp,
                new FetchRequest.PartitionData(TOPIC, fetchOffset, 0, 1 << 20, Optional.empty()))));
    FetchResponseData.PartitionData partition = partition(records);
    guard.received(response(partition));
    return (MemoryRecords) partition.records();
  }

  private static FetchResponseData.PartitionData partition(MemoryRecords records) {
    return new FetchResponseData.PartitionData().setPartitionIndex(0).setRecords(records);
  }

  private static FetchResponseData response(FetchResponseData.PartitionData partition) {
    return new FetchResponseData()
        .setResponses(
            List.of(
                new FetchResponseData.FetchableTopicResponse()
                    .setTopicId(TOPIC)
                    .setPartitions(List.of(partition))));
  }
}
