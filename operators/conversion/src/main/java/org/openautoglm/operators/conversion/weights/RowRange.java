package org.openautoglm.operators.conversion.weights;

/**
 * Rows of a fused weight: {@code repeats} runs of {@code run} rows, a run beginning every {@code
 * stride} rows from {@code first} on.
 */
public record RowRange(int first, int run, int stride, int repeats) {

  public RowRange {
    if (first < 0 || run < 1 || repeats < 1 || (repeats > 1 && stride < run)) {
      throw new IllegalArgumentException("no range of rows: " + first + ", " + run + ", " + stride);
    }
  }

  /** Rows that follow each other. */
  public static RowRange of(int first, int count) {
    return new RowRange(first, count, count, 1);
  }

  /** How many rows there are. */
  public int count() {
    return Math.multiplyExact(run, repeats);
  }

  /** The row after the last, in the whole weight. */
  public int end() {
    return first + (repeats - 1) * stride + run;
  }

  /** Where a row lies in the whole weight. */
  public int row(int index) {
    return first + index / run * stride + index % run;
  }

  boolean isAll(int rows) {
    return repeats == 1 && first == 0 && run == rows;
  }
}
