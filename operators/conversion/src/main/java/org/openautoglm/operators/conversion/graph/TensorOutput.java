package org.openautoglm.operators.conversion.graph;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.function.LongConsumer;

/** Where a tensor's bytes are written to, little-endian and buffered. */
public final class TensorOutput {
  private static final int BUFFER_BYTES = 1 << 20;

  private final WritableByteChannel channel;
  private final LongConsumer progress;
  private final ByteBuffer buffer =
      ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private long written;

  /**
   * @param progress hears how many bytes went to the channel, whenever some did
   */
  TensorOutput(WritableByteChannel channel, LongConsumer progress) {
    this.channel = channel;
    this.progress = progress;
  }

  /** Writes bytes as they are. */
  public void bytes(byte[] values, int at, int count) throws IOException {
    bytes(ByteBuffer.wrap(values, at, count));
  }

  /** Writes what remains in a buffer as it is. */
  public void bytes(ByteBuffer values) throws IOException {
    while (values.hasRemaining()) {
      int count = Math.min(values.remaining(), room(1));
      buffer.put(values.slice(values.position(), count));
      values.position(values.position() + count);
    }
  }

  /** Writes floats. */
  public void floats(float[] values, int at, int count) throws IOException {
    for (int i = at; i < at + count; i++) {
      room(Float.BYTES);
      buffer.putFloat(values[i]);
    }
  }

  /** Writes an integer of 64 bits. */
  public void number(long value) throws IOException {
    room(Long.BYTES);
    buffer.putLong(value);
  }

  /** Writes 16 bits, such as a half-precision number. */
  public void half(short value) throws IOException {
    room(Short.BYTES);
    buffer.putShort(value);
  }

  /** How many bytes were written, buffered ones included. */
  long written() {
    return written + buffer.position();
  }

  void flush() throws IOException {
    written += buffer.position();
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
    progress.accept(written);
  }

  private int room(int needed) throws IOException {
    if (buffer.remaining() < needed) {
      flush();
    }
    return buffer.remaining();
  }
}
