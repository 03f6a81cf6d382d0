package org.openautoglm.operators.batching;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.openautoglm.operators.testing.TestingPrompts;

/** Makes rows for tests of the plain core, each of a request of its own. */
final class Rows {
  private final AtomicLong sequence = new AtomicLong();
  private int count;

  /** The next row, of a request that came at that time. Its tokens are its number, from 0. */
  Row next(int length, long enteredUs) {
    return PendingRequest.arriving(
            TestingPrompts.prompt("m", "k", "r" + count, count++, length),
            enteredUs,
            sequence::getAndIncrement)
        .row(0);
  }

  List<Row> of(int... lengths) {
    List<Row> rows = new ArrayList<>();
    for (int length : lengths) {
      rows.add(next(length, 0));
    }
    return rows;
  }

  static RowPool pool(List<Row> rows) {
    RowPool pool = new RowPool(Integer.MAX_VALUE);
    rows.forEach(pool::add);
    return pool;
  }

  static List<Integer> lengths(Batch batch) {
    return batch.rows().stream().map(Row::length).toList();
  }
}
