package org.openautoglm.jobs.kafka.reading;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * Marks the record that stands in the place of one that could not be read: no key, no value, and
 * one header that says why. Nobody can publish such a mark, for it holds a number that this process
 * has drawn.
 */
public final class Unreadable {
  private static final String NAME = "autoglm-unreadable";
  private static final byte[] DRAWN = UUID.randomUUID().toString().getBytes(UTF_8);

  private Unreadable() {}

  static Header[] mark(String reason) {
    byte[] text = reason.getBytes(UTF_8);
    byte[] value = Arrays.copyOf(DRAWN, DRAWN.length + text.length);
    System.arraycopy(text, 0, value, DRAWN.length, text.length);
    return new Header[] {new RecordHeader(NAME, value)};
  }

  /** Why a record could not be read, where this header is the mark of such a record. */
  public static Optional<String> reason(Header header) {
    if (!header.key().equals(NAME)) {
      return Optional.empty();
    }
    byte[] value = header.value();
    if (value == null || Arrays.mismatch(value, DRAWN) < DRAWN.length) {
      return Optional.empty();
    }
    return Optional.of(new String(value, DRAWN.length, value.length - DRAWN.length, UTF_8));
  }
}
