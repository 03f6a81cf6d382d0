package org.openautoglm.operators.batching;

/**
 * What a policy sees of a pool: the rows that may run now, by age and by length. Nothing can be
 * changed through it, and it is valid only during the decision.
 */
interface WaitingRows {
  /** Rows that may run now, at least one while a policy looks. */
  int size();

  /** The row that came first. */
  Row oldest();

  /** The first-come row of a length, or null. */
  Row oldestOf(int length);

  /** The row of the same length that came next, or null. */
  Row next(Row row);

  /** The greatest length below this one that some row has, or -1. */
  int shorterThan(int length);

  /** The least length above this one that some row has, or -1. */
  int longerThan(int length);

  /** Whether the pool is at its bound, so that waiting for more rows is pointless. */
  boolean full();
}
