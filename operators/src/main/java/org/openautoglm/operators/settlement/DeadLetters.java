package org.openautoglm.operators.settlement;

import com.google.protobuf.ByteString;
import org.openautoglm.schemas.flow.Destination;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.wire.Coordinates;

/**
 * Writes a record that could not be read as it came, key, value and headers, with the reason and
 * its coordinates in headers of ours: publishing its key and value again replays it.
 *
 * <p>A record that was just within Kafka's limit would be over it with our headers, and a refused
 * write would stop the job for good. So what is too large is left out and named in {@code
 * autoglm-dead-letter-cut}; the whole of it stands at the coordinates.
 */
final class DeadLetters {
  private static final int MAX_KEY_BYTES = 64 * 1024;
  private static final int MAX_HEADER_BYTES = 64 * 1024;

  private final int maxValueBytes;

  DeadLetters(int maxRecordBytes) {
    maxValueBytes = Math.max(0, maxRecordBytes - MAX_KEY_BYTES - MAX_HEADER_BYTES);
  }

  OutputRecord of(Refusal refusal) {
    PromptRecord record = refusal.getDeadLetter();
    StringBuilder cut = new StringBuilder();
    OutputRecord.Builder letter =
        OutputRecord.newBuilder().setDestination(Destination.DEAD_LETTERS);
    if (record.hasKey()) {
      letter.setKey(within(MAX_KEY_BYTES, "key", record.getKey(), cut));
    }
    if (record.hasValue()) {
      letter.setValue(within(maxValueBytes, "value", record.getValue(), cut));
    }
    int headerBytes = 0;
    for (Header header : record.getHeadersList()) {
      headerBytes += header.getSerializedSize();
    }
    if (headerBytes <= MAX_HEADER_BYTES) {
      letter.addAllHeaders(record.getHeadersList());
    } else {
      cut.append("headers of ").append(headerBytes).append(" bytes; ");
    }
    Coordinates source = refusal.getOrigin().getSource();
    letter
        .addHeaders(header("autoglm-error-code", refusal.getError().getCode()))
        .addHeaders(header("autoglm-error-message", refusal.getError().getMessage()))
        .addHeaders(header("autoglm-source-topic", source.getTopic()))
        .addHeaders(header("autoglm-source-partition", Integer.toString(source.getPartition())))
        .addHeaders(header("autoglm-source-offset", Long.toString(source.getOffset())));
    if (!cut.isEmpty()) {
      letter.addHeaders(header("autoglm-dead-letter-cut", cut.substring(0, cut.length() - 2)));
    }
    return letter.build();
  }

  private static ByteString within(int max, String what, ByteString bytes, StringBuilder cut) {
    if (bytes.size() <= max) {
      return bytes;
    }
    cut.append("%s of %d bytes, cut to %d; ".formatted(what, bytes.size(), max));
    return bytes.substring(0, max);
  }

  private static Header header(String key, String value) {
    return Header.newBuilder().setKey(key).setValue(ByteString.copyFromUtf8(value)).build();
  }
}
