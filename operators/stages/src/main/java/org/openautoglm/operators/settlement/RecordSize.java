package org.openautoglm.operators.settlement;

import com.google.protobuf.CodedOutputStream;
import java.util.List;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.OutputRecord;

/**
 * The most bytes that a record takes in Kafka when it is alone in its batch and not compressed: it
 * is batches that brokers measure. Never less than Kafka's own estimate, which a test compares.
 */
public final class RecordSize {
  /** A batch's own fields, and those of a record but for its parts. */
  private static final int FRAMING_BYTES = 61 + 21 + 5;

  /** The largest length before a part. */
  private static final int LENGTH_BYTES = 5;

  private RecordSize() {}

  /** A record's size in bytes. */
  public static long of(OutputRecord record) {
    return FRAMING_BYTES
        + of(record.headers())
        + 2L * LENGTH_BYTES
        + (record.key() == null ? 0 : record.key().length)
        + (record.value() == null ? 0 : record.value().length);
  }

  /** The size of headers in bytes. */
  static long of(List<Header> headers) {
    long bytes = 0;
    for (int i = 0; i < headers.size(); i++) {
      bytes += of(headers.get(i));
    }
    return bytes;
  }

  private static long of(Header header) {
    // A string's length before it takes no more than ours.
    return LENGTH_BYTES
        + CodedOutputStream.computeStringSizeNoTag(header.getKey())
        + LENGTH_BYTES
        + (long) header.getValue().size();
  }
}
