package org.openautoglm.operators.settlement;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.flow.OutputRecord.Destination;
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
    byte[] key = record.hasKey() ? within(MAX_KEY_BYTES, "key", record.getKey(), cut) : null;
    byte[] value =
        record.hasValue() ? within(maxValueBytes, "value", record.getValue(), cut) : null;
    List<Header> headers = new ArrayList<>();
    int headerBytes = 0;
    for (Header header : record.getHeadersList()) {
      headerBytes += header.getSerializedSize();
    }
    if (headerBytes <= MAX_HEADER_BYTES) {
      headers.addAll(record.getHeadersList());
    } else {
      cut.append("headers of ").append(headerBytes).append(" bytes; ");
    }
    Coordinates source = refusal.getOrigin().getSource();
    headers.add(header("autoglm-error-code", refusal.getError().getCode()));
    headers.add(header("autoglm-error-message", refusal.getError().getMessage()));
    headers.add(header("autoglm-source-topic", source.getTopic()));
    headers.add(header("autoglm-source-partition", Integer.toString(source.getPartition())));
    headers.add(header("autoglm-source-offset", Long.toString(source.getOffset())));
    if (!cut.isEmpty()) {
      headers.add(header("autoglm-dead-letter-cut", cut.substring(0, cut.length() - 2)));
    }
    return new OutputRecord(Destination.DEAD_LETTERS, key, value, headers);
  }

  private static byte[] within(int max, String what, ByteString bytes, StringBuilder cut) {
    if (bytes.size() <= max) {
      return bytes.toByteArray();
    }
    cut.append("%s of %d bytes, cut to %d; ".formatted(what, bytes.size(), max));
    return bytes.substring(0, max).toByteArray();
  }

  private static Header header(String key, String value) {
    return Header.newBuilder().setKey(key).setValue(ByteString.copyFromUtf8(value)).build();
  }
}
