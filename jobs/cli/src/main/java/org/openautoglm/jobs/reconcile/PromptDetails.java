package org.openautoglm.jobs.reconcile;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.openautoglm.schemas.coordinates.RecordPlace;
import org.openautoglm.schemas.decode.Decoded;
import org.openautoglm.schemas.decode.PromptDecoder;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.request.RequestLimits;
import org.openautoglm.schemas.wire.InferenceRequest;

/**
 * What a record of the prompts topic asks for.
 *
 * @param requestId as its result names it; a dead letter's is its coordinates
 * @param modelId empty where no request can be read
 */
record PromptDetails(String requestId, String modelId) {
  private static final PromptDecoder DECODER =
      new PromptDecoder(
          new RequestLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE), () -> 0);

  static PromptDetails of(ConsumerRecord<byte[], byte[]> record) {
    PromptRecord.Builder prompt = PromptRecord.newBuilder();
    prompt
        .getSourceBuilder()
        .setTopic(record.topic())
        .setPartition(record.partition())
        .setOffset(record.offset());
    if (record.key() != null) {
      prompt.setKey(UnsafeByteOperations.unsafeWrap(record.key()));
    }
    if (record.value() != null) {
      prompt.setValue(UnsafeByteOperations.unsafeWrap(record.value()));
    }
    for (Header header : record.headers()) {
      prompt
          .addHeadersBuilder()
          .setKey(header.key())
          .setValue(
              header.value() == null
                  ? ByteString.EMPTY
                  : UnsafeByteOperations.unsafeWrap(header.value()));
    }
    Decoded decoded = DECODER.decode(prompt.build(), 0);
    InferenceRequest request =
        decoded instanceof Decoded.Accepted accepted
            ? accepted.prompt().getRequest()
            : ((Decoded.Refused) decoded).refusal().getRequest();
    return new PromptDetails(
        request.getRequestId().isEmpty()
            ? new RecordPlace(record.topic(), record.partition(), record.offset()).toString()
            : request.getRequestId(),
        request.getModelId());
  }
}
