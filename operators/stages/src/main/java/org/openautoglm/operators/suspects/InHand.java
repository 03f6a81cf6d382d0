package org.openautoglm.operators.suspects;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What one operator has in hand at this moment, in a file that outlives the process: the pages of a
 * mapped file are the kernel's, and are written whatever kills the process. To take records in hand
 * and to lay them down costs a few stores to memory.
 *
 * <p>The file has places of 4 KiB: a count, and so many records of 8 bytes. Thread-safe.
 */
final class InHand implements AutoCloseable {
  private static final int PLACES = 1024;
  private static final int PLACE_BYTES = 4096;
  private static final int RECORDS_MAX = PLACE_BYTES / Long.BYTES - 1;

  private final Path file;
  private final MappedByteBuffer places;
  private final ConcurrentLinkedQueue<Integer> free = new ConcurrentLinkedQueue<>();

  private InHand(Path file, MappedByteBuffer places) {
    this.file = file;
    this.places = places;
    for (int place = 0; place < PLACES; place++) {
      free.add(place);
    }
  }

  /** Makes the file, which must not be there. */
  static InHand create(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      return new InHand(file, channel.map(MapMode.READ_WRITE, 0, (long) PLACES * PLACE_BYTES));
    }
  }

  /**
   * Takes records in hand, in as many places as they need; what finds none free goes unnoted.
   *
   * @return the places, to be laid down
   */
  int[] take(long[] records) {
    int[] taken = new int[Math.max(1, (records.length + RECORDS_MAX - 1) / RECORDS_MAX)];
    for (int i = 0; i < taken.length; i++) {
      Integer place = free.poll();
      if (place == null) {
        return Arrays.copyOf(taken, i);
      }
      taken[i] = place;
      int from = i * RECORDS_MAX;
      put(place, Arrays.copyOfRange(records, from, Math.min(records.length, from + RECORDS_MAX)));
    }
    return taken;
  }

  private void put(int place, long[] records) {
    int at = place * PLACE_BYTES;
    for (int i = 0; i < records.length; i++) {
      places.putLong(at + (i + 1) * Long.BYTES, records[i]);
    }
    places.putLong(at, records.length);
  }

  /** Notes the one record of a place that is not given back; the fastest way. */
  void put(int place, long record) {
    places.putLong(place * PLACE_BYTES + Long.BYTES, record);
    places.putLong(place * PLACE_BYTES, 1);
  }

  /** Nothing is in hand at that place. */
  void clear(int place) {
    places.putLong(place * PLACE_BYTES, 0);
  }

  /** Lays down what was taken. */
  void lay(int[] taken) {
    for (int place : taken) {
      clear(place);
      free.add(place);
    }
  }

  /** Nothing was in hand when the operator ended: the file is of no use any more. */
  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file);
    try {
      Files.deleteIfExists(file.getParent());
    } catch (DirectoryNotEmptyException e) {
      // Other operators of the job, or the ends of others before.
    }
  }

  /** What was in hand, as far as the file can be read; nothing where it has been removed. */
  static Set<Long> read(Path file) throws IOException {
    Set<Long> records = new HashSet<>();
    try (FileChannel channel = FileChannel.open(file)) {
      long size = Math.min(channel.size(), (long) PLACES * PLACE_BYTES);
      MappedByteBuffer places = channel.map(MapMode.READ_ONLY, 0, size);
      for (int at = 0; at + PLACE_BYTES <= size; at += PLACE_BYTES) {
        long count = Math.min(places.getLong(at), RECORDS_MAX);
        for (int i = 1; i <= count; i++) {
          records.add(places.getLong(at + i * Long.BYTES));
        }
      }
    } catch (NoSuchFileException e) {
      return Set.of();
    }
    return records;
  }
}
