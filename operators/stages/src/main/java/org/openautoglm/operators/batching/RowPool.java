package org.openautoglm.operators.batching;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import javax.annotation.Nullable;

/**
 * The rows of one window that wait: in the order of their age and, for each length, in the order of
 * their age.
 *
 * <p>Both orders are lists through the rows themselves, and a bit set knows the lengths in use, so
 * that adding, taking and looking for like lengths cost next to nothing and make no garbage,
 * however many rows wait. Rows that back off after a failure wait in a third place, where no policy
 * sees them. Belongs to the task thread.
 */
final class RowPool implements WaitingRows {
  private final int bound;
  private final BooleanSupplier moreBehind;
  private Row oldest;
  private Row youngest;
  private Row[] oldestOf = new Row[512];
  private Row[] youngestOf = new Row[512];
  private final BitSet lengths = new BitSet();
  private int ready;

  /** The last row that came back among older ones: those of its request come back behind it. */
  @Nullable private Row returned;

  private final TreeSet<Row> backingOff =
      new TreeSet<>(
          Comparator.comparingLong((Row row) -> row.dueUs).thenComparingLong(Row::sequence));

  /**
   * @param bound the most rows that wait at a time; a single request with more gets in when none
   *     waits
   * @param moreBehind whether others wait for room, so that there will be none soon
   */
  RowPool(int bound, BooleanSupplier moreBehind) {
    this.bound = bound;
    this.moreBehind = moreBehind;
  }

  /** A pool with nothing behind it. */
  RowPool(int bound) {
    this(bound, () -> false);
  }

  /** Whether a request of this many rows may come in. */
  boolean admits(int rows) {
    return waiting() == 0 || waiting() + rows <= bound;
  }

  /** Rows that wait, those that back off included. */
  int waiting() {
    return ready + backingOff.size();
  }

  /** When the first row's backoff is over, microseconds since the epoch; never without one. */
  long nextDueUs() {
    return backingOff.isEmpty() ? Long.MAX_VALUE : backingOff.first().dueUs;
  }

  void add(Row row) {
    row.place = Row.Place.WAITING;
    boolean comesBack = youngest != null && youngest.sequence() > row.sequence();
    linkByAge(row);
    linkByLength(row);
    returned = comesBack ? row : returned;
    ready++;
  }

  /** Lets a row wait where it cannot be picked, until its time has come. */
  void backOff(Row row, long dueUs) {
    row.place = Row.Place.BACKING_OFF;
    row.dueUs = dueUs;
    backingOff.add(row);
  }

  /** Puts rows whose backoff is over back to where their age says. */
  void releaseDue(long nowUs) {
    while (!backingOff.isEmpty() && backingOff.first().dueUs <= nowUs) {
      add(backingOff.pollFirst());
    }
  }

  /** Takes a row out, for whatever comes next. */
  void remove(Row row, Row.Place next) {
    switch (row.place) {
      case WAITING -> {
        unlinkByAge(row);
        unlinkByLength(row);
        ready--;
      }
      case BACKING_OFF -> backingOff.remove(row);
      case RUNNING, ENDED -> throw new IllegalStateException("not in the pool: " + row.place);
    }
    row.place = next;
  }

  @Override
  public int size() {
    return ready;
  }

  @Override
  public Row oldest() {
    return oldest;
  }

  @Override
  public Row oldestOf(int length) {
    return length < oldestOf.length ? oldestOf[length] : null;
  }

  @Override
  public Row next(Row row) {
    return row.youngerOfLength;
  }

  @Override
  public int shorterThan(int length) {
    return lengths.previousSetBit(length - 1);
  }

  @Override
  public int longerThan(int length) {
    return lengths.nextSetBit(length + 1);
  }

  @Override
  public boolean full() {
    return waiting() >= bound || moreBehind.getAsBoolean();
  }

  private void linkByAge(Row row) {
    // Only rows that come back are older than the youngest, and then they are among the oldest.
    Row before = youngest;
    if (before != null && before.sequence() > row.sequence()) {
      Row after = isBefore(returned, row) ? returned : oldest;
      while (after.sequence() < row.sequence()) {
        after = after.younger;
      }
      before = after.older;
    }
    Row after = before == null ? oldest : before.younger;
    row.older = before;
    row.younger = after;
    if (before == null) {
      oldest = row;
    } else {
      before.younger = row;
    }
    if (after == null) {
      youngest = row;
    } else {
      after.older = row;
    }
  }

  /** Whether the place of a row can be looked for from that one on. */
  private static boolean isBefore(@Nullable Row returned, Row row) {
    return returned != null
        && returned.place == Row.Place.WAITING
        && returned.sequence() < row.sequence();
  }

  private void unlinkByAge(Row row) {
    if (row.older == null) {
      oldest = row.younger;
    } else {
      row.older.younger = row.younger;
    }
    if (row.younger == null) {
      youngest = row.older;
    } else {
      row.younger.older = row.older;
    }
    row.older = null;
    row.younger = null;
  }

  private void linkByLength(Row row) {
    int length = row.length();
    if (length >= oldestOf.length) {
      int capacity = Math.max(length + 1, 2 * oldestOf.length);
      oldestOf = Arrays.copyOf(oldestOf, capacity);
      youngestOf = Arrays.copyOf(youngestOf, capacity);
    }
    Row before = youngestOf[length];
    if (before != null && before.sequence() > row.sequence()) {
      boolean sameLength = isBefore(returned, row) && returned.length() == length;
      Row after = sameLength ? returned : oldestOf[length];
      while (after.sequence() < row.sequence()) {
        after = after.youngerOfLength;
      }
      before = after.olderOfLength;
    }
    Row after = before == null ? oldestOf[length] : before.youngerOfLength;
    row.olderOfLength = before;
    row.youngerOfLength = after;
    if (before == null) {
      oldestOf[length] = row;
      lengths.set(length);
    } else {
      before.youngerOfLength = row;
    }
    if (after == null) {
      youngestOf[length] = row;
    } else {
      after.olderOfLength = row;
    }
  }

  private void unlinkByLength(Row row) {
    int length = row.length();
    if (row.olderOfLength == null) {
      oldestOf[length] = row.youngerOfLength;
    } else {
      row.olderOfLength.youngerOfLength = row.youngerOfLength;
    }
    if (row.youngerOfLength == null) {
      youngestOf[length] = row.olderOfLength;
    } else {
      row.youngerOfLength.olderOfLength = row.olderOfLength;
    }
    if (oldestOf[length] == null) {
      lengths.clear(length);
    }
    row.olderOfLength = null;
    row.youngerOfLength = null;
  }
}
