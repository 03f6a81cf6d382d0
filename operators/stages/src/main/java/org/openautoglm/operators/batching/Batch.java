package org.openautoglm.operators.batching;

import java.util.ArrayList;
import java.util.List;

/**
 * Rows that run together.
 *
 * @param rows at least one
 * @param longest the length to which all are padded
 */
record Batch(List<Row> rows, int longest) {

  /** What the batch costs: rows × longest row. */
  int paddedTokens() {
    return rows.size() * longest;
  }

  /** Whether no further row, however short, would keep to the limits. */
  boolean isFull(BatchLimits limits) {
    return rows.size() >= limits.maxRows()
        || (long) (rows.size() + 1) * longest > limits.maxPaddedTokens();
  }

  int realTokens() {
    int tokens = 0;
    for (Row row : rows) {
      tokens += row.length();
    }
    return tokens;
  }

  /**
   * The best batch that contains a row: rows of its own length, then whichever neighbouring length
   * adds less padding, older rows first.
   *
   * <p>A row joins only while the padding that it causes (its own, or everybody's when it is longer
   * than they are) costs less than the batch of its own that it saves. So a processor that gains
   * nothing by batching gets rows of equal length, and one with a high price per call gets full
   * batches.
   */
  static Batch around(WaitingRows pool, Row anchor, BatchLimits limits) {
    Builder batch = new Builder(anchor, limits);
    batch.takeLength(pool, anchor.length());
    int shorter = pool.shorterThan(anchor.length());
    int longer = pool.longerThan(anchor.length());
    while (batch.rows.size() < limits.maxRows() && (shorter > 0 || longer > 0)) {
      long down = shorter > 0 ? batch.longest - shorter : Long.MAX_VALUE;
      long up = longer > 0 ? (long) batch.rows.size() * (longer - batch.longest) : Long.MAX_VALUE;
      boolean goUp = up < down || (up == down && isOlder(pool, longer, shorter));
      int length = goUp ? longer : shorter;
      if (Math.min(up, down) > limits.overheadTokens() || !batch.hasRoomFor(length)) {
        // Going on the same way only gets dearer; the other way may still be open.
        longer = goUp ? -1 : longer;
        shorter = goUp ? shorter : -1;
        continue;
      }
      batch.takeLength(pool, length);
      longer = goUp ? pool.longerThan(length) : longer;
      shorter = goUp ? shorter : pool.shorterThan(length);
    }
    return new Batch(batch.rows, batch.longest);
  }

  private static boolean isOlder(WaitingRows pool, int longer, int shorter) {
    return pool.oldestOf(longer).sequence() < pool.oldestOf(shorter).sequence();
  }

  /** A batch that grows length by length. */
  private static final class Builder {
    private final List<Row> rows;
    private final Row anchor;
    private final BatchLimits limits;
    private int longest;

    Builder(Row anchor, BatchLimits limits) {
      this.anchor = anchor;
      this.limits = limits;
      this.longest = anchor.length();
      this.rows = new ArrayList<>(Math.min(limits.maxRows(), 32));
      rows.add(anchor);
    }

    boolean hasRoomFor(int length) {
      return rows.size() < limits.maxRows()
          && (long) (rows.size() + 1) * Math.max(longest, length) <= limits.maxPaddedTokens();
    }

    void takeLength(WaitingRows pool, int length) {
      for (Row row = pool.oldestOf(length);
          row != null && hasRoomFor(length);
          row = pool.next(row)) {
        if (row != anchor) {
          rows.add(row);
          longest = Math.max(longest, length);
        }
      }
    }
  }
}
