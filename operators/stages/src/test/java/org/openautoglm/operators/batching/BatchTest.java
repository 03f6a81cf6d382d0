package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BatchTest {
  private static final BatchLimits CPU = new BatchLimits(32, 1_024, 16);

  @Property
  void keepsToTheLimitsAndContainsItsAnchor(
      @ForAll @Size(min = 1, max = 60) List<@IntRange(max = 300) Integer> lengths,
      @ForAll @IntRange(min = 1, max = 40) int maxRows,
      @ForAll @IntRange(min = 1, max = 4_000) int maxPaddedTokens,
      @ForAll @IntRange(max = 600) int overheadTokens,
      @ForAll @IntRange(max = 59) int anchorAt) {
    List<Row> rows = new Rows().of(lengths.stream().mapToInt(i -> i).toArray());
    RowPool pool = Rows.pool(rows);
    Row anchor = rows.get(anchorAt % rows.size());
    BatchLimits limits = new BatchLimits(maxRows, maxPaddedTokens, overheadTokens);

    Batch batch = Batch.around(pool, anchor, limits);

    assertThat(batch.rows()).contains(anchor).isSubsetOf(rows);
    assertThat(new HashSet<>(batch.rows())).hasSameSizeAs(batch.rows());
    assertThat(batch.longest())
        .isEqualTo(batch.rows().stream().mapToInt(Row::length).max().orElseThrow());
    assertThat(batch.rows().size()).isLessThanOrEqualTo(maxRows);
    if (batch.rows().size() > 1) {
      assertThat(batch.paddedTokens()).isLessThanOrEqualTo(maxPaddedTokens);
    }
    // No row costs more padding than the batch that it saves.
    assertThat(batch.paddedTokens() - batch.realTokens())
        .isLessThanOrEqualTo((batch.rows().size() - 1) * overheadTokens);
  }

  @Test
  void equalLengthsComeFirstAndOlderOnesBeforeYounger() {
    List<Row> rows = new Rows().of(10, 11, 10, 10, 9);
    Batch batch = Batch.around(Rows.pool(rows), rows.get(2), new BatchLimits(3, 1_024, 16));
    assertThat(batch.rows()).containsExactly(rows.get(2), rows.get(0), rows.get(3));
  }

  @Test
  void lengthsThatPadTooMuchStayOut() {
    List<Row> rows = new Rows().of(20, 400, 22, 3, 90);
    assertThat(Rows.lengths(Batch.around(Rows.pool(rows), rows.get(0), CPU)))
        .containsExactly(20, 22);
  }

  @Test
  void engineWithAHighPricePerCallTakesEveryLength() {
    List<Row> rows = new Rows().of(20, 100, 22, 3, 90);
    assertThat(
            Rows.lengths(
                Batch.around(Rows.pool(rows), rows.get(0), new BatchLimits(32, 1_024, 5_000))))
        .containsExactlyInAnyOrder(20, 100, 22, 3, 90);
  }

  @Test
  void longerRowThanTheBudgetRunsAlone() {
    List<Row> rows = new Rows().of(2_000, 2_000, 1);
    assertThat(Rows.lengths(Batch.around(Rows.pool(rows), rows.get(0), CPU)))
        .containsExactly(2_000);
  }

  @Test
  void fullPoolOfMixedLengthsGivesBatchesWithLittlePadding() {
    Rows rows = new Rows();
    Random random = new Random(7);
    RowPool pool = new RowPool(Integer.MAX_VALUE);
    for (int i = 0; i < 2_000; i++) {
      pool.add(rows.next(1 + (int) Math.min(255, Math.abs(random.nextGaussian()) * 50), 0));
    }
    long real = 0;
    long padded = 0;
    for (int batches = 0; pool.size() > 200; batches++) {
      Batch batch = Batch.around(pool, pool.oldest(), CPU);
      real += batch.realTokens();
      padded += batch.paddedTokens();
      batch.rows().forEach(row -> pool.remove(row, Row.Place.RUNNING));
      assertThat(batches).isLessThan(2_000);
    }
    assertThat((double) real / padded).isGreaterThan(0.95);
  }
}
