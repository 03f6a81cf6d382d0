package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RowPoolTest {
  /** The pool against plain sorted lists, through any sequence of changes. */
  @Property(tries = 200)
  void agreesWithSortedLists(@ForAll long seed) {
    Random random = new Random(seed);
    Rows rows = new Rows();
    RowPool pool = new RowPool(Integer.MAX_VALUE);
    List<Row> ready = new ArrayList<>();
    List<Row> backingOff = new ArrayList<>();
    List<Row> running = new ArrayList<>();
    for (int now = 0; now < 200; now++) {
      switch (random.nextInt(5)) {
        case 0, 1 -> {
          Row row = rows.next(random.nextInt(random.nextBoolean() ? 8 : 2_000), now);
          pool.add(row);
          ready.add(row);
        }
        case 2 -> take(random, ready, pool, running);
        case 3 -> take(random, backingOff, pool, running);
        default -> {
          if (!running.isEmpty()) {
            Row row = running.remove(random.nextInt(running.size()));
            pool.backOff(row, now + random.nextInt(20));
            backingOff.add(row);
          }
        }
      }
      int time = now;
      pool.releaseDue(time);
      backingOff.stream().filter(row -> row.dueUs <= time).forEach(ready::add);
      backingOff.removeIf(row -> row.dueUs <= time);
      assertSame(pool, ready, backingOff);
    }
  }

  private static void take(Random random, List<Row> from, RowPool pool, List<Row> running) {
    if (!from.isEmpty()) {
      Row row = from.remove(random.nextInt(from.size()));
      pool.remove(row, Row.Place.RUNNING);
      running.add(row);
    }
  }

  private static void assertSame(RowPool pool, List<Row> ready, List<Row> backingOff) {
    ready.sort(Comparator.comparingLong(Row::sequence));
    assertThat(pool.size()).isEqualTo(ready.size());
    assertThat(pool.waiting()).isEqualTo(ready.size() + backingOff.size());
    assertThat(pool.nextDueUs())
        .isEqualTo(backingOff.stream().mapToLong(row -> row.dueUs).min().orElse(Long.MAX_VALUE));
    List<Row> byAge = new ArrayList<>();
    for (Row row = pool.oldest(); row != null; row = row.younger) {
      byAge.add(row);
    }
    assertThat(byAge).isEqualTo(ready);
    List<Row> byLength = new ArrayList<>();
    for (int length = pool.longerThan(0); length > 0; length = pool.longerThan(length)) {
      for (Row row = pool.oldestOf(length); row != null; row = pool.next(row)) {
        byLength.add(row);
      }
    }
    List<Row> sorted = new ArrayList<>(ready);
    sorted.sort(Comparator.comparingInt(Row::length).thenComparingLong(Row::sequence));
    assertThat(byLength).isEqualTo(sorted);
  }

  @Test
  void boundCountsWaitingRowsAndLetsOneOversizedRequestIn() {
    Rows rows = new Rows();
    RowPool pool = new RowPool(4);
    assertThat(pool.admits(10)).isTrue();
    List<Row> five = rows.of(1, 1, 1, 1, 1);
    five.forEach(pool::add);
    assertThat(pool.admits(1)).isFalse();
    assertThat(pool.full()).isTrue();
    pool.remove(five.get(0), Row.Place.RUNNING);
    pool.remove(five.get(1), Row.Place.RUNNING);
    assertThat(pool.admits(1)).isTrue();
    pool.backOff(five.get(0), 7);
    assertThat(pool.admits(1)).isFalse();
  }

  @Test
  void rowThatDoesNotWaitCannotBeTaken() {
    Rows rows = new Rows();
    RowPool pool = new RowPool(4);
    Row row = rows.next(3, 0);
    pool.add(row);
    pool.remove(row, Row.Place.RUNNING);
    assertThatThrownBy(() -> pool.remove(row, Row.Place.RUNNING))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void rowWithoutTokensWeighsOne() {
    Rows rows = new Rows();
    Row row = rows.next(0, 0);
    assertThat(row.length()).isEqualTo(1);
    assertThat(row.tokens()).isZero();
  }
}
