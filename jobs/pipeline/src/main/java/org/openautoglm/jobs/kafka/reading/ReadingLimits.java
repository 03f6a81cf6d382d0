package org.openautoglm.jobs.kafka.reading;

import java.io.Serializable;

/**
 * What one fetch may take in memory once it is unpacked.
 *
 * @param recordBytes the largest record, with key and headers
 * @param checksCrc whether batches' checksums are looked at
 */
public record ReadingLimits(int recordBytes, boolean checksCrc) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Room beside a record's value, for its key and its headers. */
  private static final int KEY_AND_HEADER_BYTES = 2 << 20;

  /** What the heavy batches of one fetch may unpack to. */
  private static final int FETCH_BYTES = 32 << 20;

  /** A poll takes at most 500 records: of this size they take what a fetch may. */
  private static final int HEAVY_RECORD_BYTES = FETCH_BYTES / 500;

  /** The limits of a job that reads values up to a size. */
  public static ReadingLimits of(int maxRecordBytes, boolean checksCrc) {
    return new ReadingLimits(
        (int) Math.min(Integer.MAX_VALUE - 64L, (long) maxRecordBytes + KEY_AND_HEADER_BYTES),
        checksCrc);
  }

  /** What all heavy batches of a fetch may unpack to. */
  long fetchBytes() {
    return Math.max(FETCH_BYTES, recordBytes);
  }

  /** Whether so many records of so many bytes together may take more than a poll should. */
  boolean isHeavy(long bytes, int records) {
    return bytes > (long) Math.max(1, records) * HEAVY_RECORD_BYTES;
  }
}
