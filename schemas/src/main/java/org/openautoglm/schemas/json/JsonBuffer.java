package org.openautoglm.schemas.json;

import com.fasterxml.jackson.core.io.NumberOutput;
import java.util.Arrays;

/**
 * Writes one JSON text after another, in UTF-8, into memory that it keeps. By hand, because two
 * small texts of some forty fields are written for every record, and a general generator made that
 * the dearest step of the job's own: this takes a third of its time.
 *
 * <p>It sets commas, colons and quotes; that objects and arrays are closed again and members named
 * is the caller's part. Belongs to one thread.
 */
final class JsonBuffer {
  /** After a text larger than this its memory is given back. */
  private static final int KEPT_BYTES_MAX = 1 << 20;

  private static final int FIRST_BYTES = 1024;

  /** What the longest number takes. */
  private static final int NUMBER_BYTES_MAX = 32;

  private byte[] bytes = new byte[FIRST_BYTES];
  private int size;

  /** The text so far; what is written next begins a new one. */
  byte[] take() {
    byte[] text = Arrays.copyOf(bytes, size);
    size = 0;
    if (bytes.length > KEPT_BYTES_MAX) {
      bytes = new byte[FIRST_BYTES];
    }
    return text;
  }

  /** Opens an object that is a member of an array, or the text itself. */
  JsonBuffer beginObject() {
    separate();
    return raw('{');
  }

  /** Opens an object that is a field's value. */
  JsonBuffer beginObject(JsonName name) {
    name(name);
    return raw('{');
  }

  JsonBuffer endObject() {
    return raw('}');
  }

  /** Opens an array that is a field's value. */
  JsonBuffer beginArray(JsonName name) {
    name(name);
    return raw('[');
  }

  JsonBuffer endArray() {
    return raw(']');
  }

  /** A field with a text. */
  JsonBuffer text(JsonName name, String value) {
    name(name);
    quoted(value);
    return this;
  }

  /** A text under a name that a client has chosen. */
  JsonBuffer entry(String name, String value) {
    separate();
    quoted(name);
    raw(':');
    quoted(value);
    return this;
  }

  /** A field with a text, left out where it is empty. */
  JsonBuffer textUnlessEmpty(JsonName name, String value) {
    return value.isEmpty() ? this : text(name, value);
  }

  /** A field with a whole number. */
  JsonBuffer number(JsonName name, long value) {
    name(name);
    reserve(NUMBER_BYTES_MAX);
    size = NumberOutput.outputLong(value, bytes, size);
    return this;
  }

  /** A field with a number in the shortest form that reads back to the same float. */
  JsonBuffer number(JsonName name, float value) {
    name(name);
    return shortest(value);
  }

  /** A member of an array: a number in the shortest form that reads back to the same float. */
  JsonBuffer number(float value) {
    separate();
    return shortest(value);
  }

  private JsonBuffer shortest(float value) {
    String digits = NumberOutput.toString(value, true);
    return Float.isFinite(value) ? ascii(digits) : raw('"').ascii(digits).raw('"');
  }

  /** A field with a duration in milliseconds, to the microsecond. */
  JsonBuffer millis(JsonName name, double value) {
    name(name);
    if (!Millis.byHand(value)) {
      // A clock that was set back makes a duration negative.
      return ascii(NumberOutput.toString(Math.round(value * 1000) / 1000.0, true));
    }
    reserve(NUMBER_BYTES_MAX);
    size = Millis.write(value, bytes, size);
    return this;
  }

  /** A field that is true or false. */
  JsonBuffer bool(JsonName name, boolean value) {
    name(name);
    return ascii(value ? "true" : "false");
  }

  private void name(JsonName name) {
    reserve(name.bytesMax());
    size = name.write(isFirst(), bytes, size);
  }

  private void quoted(String text) {
    reserve(2 + JsonStrings.BYTES_PER_CHAR_MAX * text.length());
    bytes[size++] = '"';
    size = JsonStrings.write(text, bytes, size);
    bytes[size++] = '"';
  }

  /** A comma, unless this is the first of its kind. */
  private void separate() {
    if (!isFirst()) {
      raw(',');
    }
  }

  /** Whether what comes next is the first of its object or array, or the text itself. */
  private boolean isFirst() {
    return size == 0 || bytes[size - 1] == '{' || bytes[size - 1] == '[';
  }

  @SuppressWarnings("deprecation") // Copies ASCII without looking at each character.
  private JsonBuffer ascii(String text) {
    reserve(text.length());
    text.getBytes(0, text.length(), bytes, size);
    size += text.length();
    return this;
  }

  private JsonBuffer raw(char character) {
    reserve(1);
    bytes[size++] = (byte) character;
    return this;
  }

  private void reserve(int more) {
    if (more > bytes.length - size) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(size, more)));
    }
  }
}
