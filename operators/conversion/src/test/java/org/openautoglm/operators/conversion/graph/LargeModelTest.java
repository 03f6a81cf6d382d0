package org.openautoglm.operators.conversion.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Offsets beyond 2 GiB, in a sparse file. */
class LargeModelTest {
  private static final long SIZE = (5L << 30) + 17;

  @TempDir private Path directory;

  @Test
  void mapsWhatLiesBeyondTwoGiB() throws Exception {
    Path file = directory.resolve("sparse");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(SIZE);
      for (long at : new long[] {0, (1L << 30) - 1, 1L << 30, (3L << 30) - 2, SIZE - 1}) {
        sparse.seek(at);
        sparse.write((int) (at % 251) + 1);
      }
    }
    MappedFile map = MappedFile.open(file);
    assertThat(map.size()).isEqualTo(SIZE);
    for (long at : new long[] {0, (1L << 30) - 1, 1L << 30, (3L << 30) - 2, SIZE - 1}) {
      assertThat(map.slice(at, 1).get() & 0xff).isEqualTo((int) (at % 251) + 1);
    }
    ByteBuffer long1 = map.slice((1L << 30) - 1, MappedFile.SLICE_MAX_BYTES);
    assertThat(long1.get(0) & 0xff).isEqualTo((int) (((1L << 30) - 1) % 251) + 1);
    assertThat(long1.get(1) & 0xff).isEqualTo((int) ((1L << 30) % 251) + 1);
    assertThat(long1.get(long1.limit() - 1)).isZero();
  }

  @Test
  void countsBytesBeyondTwoGiB() throws Exception {
    long[] seen = new long[2];
    WritableByteChannel counting =
        new WritableByteChannel() {
          @Override
          public int write(ByteBuffer bytes) {
            int count = bytes.remaining();
            bytes.position(bytes.limit());
            seen[0] += count;
            return count;
          }

          @Override
          public boolean isOpen() {
            return true;
          }

          @Override
          public void close() {}
        };
    TensorOutput out = new TensorOutput(counting, bytes -> seen[1] = bytes);
    byte[] piece = new byte[1 << 20];
    for (int i = 0; i < 2500; i++) {
      out.bytes(piece, 0, piece.length);
    }
    out.flush();
    assertThat(seen).containsExactly(2500L << 20, 2500L << 20);
    assertThat(out.written()).isEqualTo(2500L << 20);
  }
}
