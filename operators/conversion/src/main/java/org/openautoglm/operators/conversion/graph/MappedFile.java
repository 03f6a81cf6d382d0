package org.openautoglm.operators.conversion.graph;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A file of any size, mapped into memory read-only. A buffer holds at most 2 GiB, so the file is
 * mapped in windows that begin every GiB and overlap by one: whatever is at most a GiB long lies
 * whole in one of them. The mappings live until the garbage collector finds them unused. Safe for
 * use by several threads.
 */
public final class MappedFile {
  /** The longest piece that can be asked for at once, in bytes. */
  public static final int SLICE_MAX_BYTES = 1 << 30;

  private final Path file;
  private final long size;
  private final MappedByteBuffer[] windows;

  private MappedFile(Path file, long size, MappedByteBuffer[] windows) {
    this.file = file;
    this.size = size;
    this.windows = windows;
  }

  /** Maps a file as it is now; it must not shrink while the map is used. */
  public static MappedFile open(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      int count = Math.toIntExact((size + SLICE_MAX_BYTES - 1) / SLICE_MAX_BYTES);
      MappedByteBuffer[] windows = new MappedByteBuffer[count];
      for (int i = 0; i < count; i++) {
        long start = (long) i * SLICE_MAX_BYTES;
        long length = Math.min(size - start, Integer.MAX_VALUE);
        windows[i] = channel.map(FileChannel.MapMode.READ_ONLY, start, length);
      }
      return new MappedFile(file, size, windows);
    }
  }

  public Path file() {
    return file;
  }

  /** Bytes of the whole file. */
  public long size() {
    return size;
  }

  /**
   * A read-only view, little-endian.
   *
   * @param offset of the first byte
   * @param length in bytes, at most {@link #SLICE_MAX_BYTES}
   * @throws IndexOutOfBoundsException where the file has no such bytes
   */
  public ByteBuffer slice(long offset, int length) {
    if (offset < 0 || length < 0 || length > SLICE_MAX_BYTES || offset > size - length) {
      throw new IndexOutOfBoundsException(
          file + " has no " + length + " bytes at " + offset + ": it ends at " + size);
    }
    if (length == 0) {
      return ByteBuffer.allocate(0);
    }
    MappedByteBuffer window = windows[(int) (offset / SLICE_MAX_BYTES)];
    return window
        .slice((int) (offset % SLICE_MAX_BYTES), length)
        .asReadOnlyBuffer()
        .order(ByteOrder.LITTLE_ENDIAN);
  }
}
