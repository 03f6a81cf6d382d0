package org.openautoglm.operators.settlement;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.openautoglm.schemas.coordinates.RecordPlace;
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
 * <p>A record that was just within its topic's limit would be over it with our headers, and a
 * refused write would stop the job for good. So where the whole is too large, headers and key over
 * a quarter of the room are cut, and the value to what is left; {@code autoglm-dead-letter-cut}
 * names what, and the whole of it stands at the coordinates.
 */
final class DeadLetters {
  private static final String CUT = "autoglm-dead-letter-cut";
  private static final int MESSAGE_CHARS_MAX = 2_000;

  /** For the header that names what was cut. */
  private static final int CUT_BYTES_MAX = 256;

  private DeadLetters() {}

  /**
   * The dead letter of a refusal.
   *
   * @param needsKey gives a record without a key its coordinates for one, and says so
   */
  static OutputRecord within(long maxBytes, boolean needsKey, Refusal refusal) {
    PromptRecord record = refusal.getDeadLetter();
    List<Header> reason = reason(refusal);
    byte[] key = record.hasKey() ? record.getKey().toByteArray() : null;
    if (key == null && needsKey) {
      key = RecordPlace.of(refusal.getOrigin().getSource()).toString().getBytes(UTF_8);
      reason.add(header("autoglm-dead-letter-key", "made, as the topic is compacted"));
    }
    List<Header> headers = new ArrayList<>(record.getHeadersList());
    headers.addAll(reason);
    byte[] value = record.hasValue() ? record.getValue().toByteArray() : null;
    OutputRecord whole = new OutputRecord(Destination.DEAD_LETTERS, key, value, headers);
    return RecordSize.of(whole) <= maxBytes ? whole : cut(maxBytes, whole, record, reason);
  }

  private static OutputRecord cut(
      long maxBytes, OutputRecord whole, PromptRecord record, List<Header> reason) {
    OutputRecord empty = new OutputRecord(Destination.DEAD_LETTERS, null, null, reason);
    long room = Math.max(0, maxBytes - RecordSize.of(empty) - CUT_BYTES_MAX);
    long share = room / 4;
    StringBuilder cut = new StringBuilder();
    List<Header> headers = new ArrayList<>();
    long headerBytes = RecordSize.of(record.getHeadersList());
    if (headerBytes <= share) {
      headers.addAll(record.getHeadersList());
      room -= headerBytes;
    } else {
      cut.append("headers of ").append(headerBytes).append(" bytes; ");
    }
    byte[] key = within(share, "key", whole.key(), cut);
    room -= key == null ? 0 : key.length;
    byte[] value = within(room, "value", whole.value(), cut);
    headers.addAll(reason);
    headers.add(header(CUT, cut.substring(0, cut.length() - 2)));
    return new OutputRecord(Destination.DEAD_LETTERS, key, value, headers);
  }

  private static List<Header> reason(Refusal refusal) {
    Coordinates source = refusal.getOrigin().getSource();
    List<Header> headers = new ArrayList<>();
    headers.add(header("autoglm-error-code", refusal.getError().getCode()));
    headers.add(
        header(
            "autoglm-error-message",
            Brief.text(refusal.getError().getMessage(), MESSAGE_CHARS_MAX)));
    headers.add(header("autoglm-source-topic", source.getTopic()));
    headers.add(header("autoglm-source-partition", Integer.toString(source.getPartition())));
    headers.add(header("autoglm-source-offset", Long.toString(source.getOffset())));
    return headers;
  }

  private static byte[] within(long max, String what, byte[] bytes, StringBuilder cut) {
    if (bytes == null || bytes.length <= max) {
      return bytes;
    }
    cut.append("%s of %d bytes, cut to %d; ".formatted(what, bytes.length, max));
    return Arrays.copyOf(bytes, (int) max);
  }

  private static Header header(String key, String value) {
    return Header.newBuilder().setKey(key).setValue(ByteString.copyFromUtf8(value)).build();
  }
}
