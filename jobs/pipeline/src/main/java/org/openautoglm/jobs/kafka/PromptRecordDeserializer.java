package org.openautoglm.jobs.kafka;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.util.Optional;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.openautoglm.jobs.kafka.reading.Unreadable;
import org.openautoglm.operators.types.MessageTypeInformation;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.wire.Coordinates;

/**
 * Takes a Kafka record as it is, with its coordinates. It never fails: what a record means is the
 * decode stage's to say, and an exception here would stop the job at a bad record.
 */
final class PromptRecordDeserializer implements KafkaRecordDeserializationSchema<PromptRecord> {
  private static final long serialVersionUID = 1L;

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<PromptRecord> out) {
    PromptRecord.Builder prompt =
        PromptRecord.newBuilder()
            .setSource(
                Coordinates.newBuilder()
                    .setTopic(record.topic())
                    .setPartition(record.partition())
                    .setOffset(record.offset())
                    .setTimestampMs(record.timestamp()));
    if (record.key() != null) {
      prompt.setKey(wrap(record.key()));
    }
    if (record.value() != null) {
      prompt.setValue(wrap(record.value()));
    }
    for (Header header : record.headers()) {
      Optional<String> unreadable = Unreadable.reason(header);
      if (unreadable.isPresent()) {
        prompt.setUnreadable(unreadable.get());
        continue;
      }
      var copy = prompt.addHeadersBuilder().setKey(header.key());
      if (header.value() != null) {
        copy.setValue(wrap(header.value()));
      }
    }
    out.collect(prompt.build());
  }

  /** Without a copy: the consumer hands these arrays over for good. */
  private static ByteString wrap(byte[] bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  @Override
  public TypeInformation<PromptRecord> getProducedType() {
    return MessageTypeInformation.ofMessage(PromptRecord.class);
  }
}
