package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.BatchingSpec.Policy;

class PoliciesTest {
  private static final long MAX_SKIPPED_US = 50_000;
  private static final BatchLimits LIMITS = new BatchLimits(8, 512, 16);

  /** An engine as a policy sees it. */
  private record Engine(boolean free, long busy, long overheadUs, long tokenUs, boolean known)
      implements EngineView {
    static Engine free(long tokenUs) {
      return new Engine(true, 0, 100, tokenUs, true);
    }

    static Engine busy(long busyUs, long tokenUs) {
      return new Engine(false, busyUs, 100, tokenUs, true);
    }

    @Override
    public long busyUs(long nowUs) {
      return busy;
    }

    @Override
    public BatchLimits limits() {
      return LIMITS;
    }

    @Override
    public long expectedUs(int paddedTokens) {
      return known ? overheadUs + tokenUs * paddedTokens : 0;
    }
  }

  private static SchedulingPolicy policy(Policy policy, long lingerMs) {
    return SchedulingPolicy.of(
        new BatchingSpec(8, 512, lingerMs, 1_000, policy, MAX_SKIPPED_US / 1_000));
  }

  private static Decision.Run run(Decision decision) {
    assertThat(decision).isInstanceOf(Decision.Run.class);
    return (Decision.Run) decision;
  }

  /**
   * Rows keep coming faster than they are run; still each runs once, in a batch within the limits,
   * and none waits longer than the policy promises.
   */
  @Property(tries = 150)
  void everyRowRunsOnceWithinTheLimitsAndInTime(
      @ForAll Policy which,
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 3) int engineCount,
      @ForAll @IntRange(min = 1, max = 12) int arrivalsPerPick) {
    Random random = new Random(seed);
    SchedulingPolicy policy = policy(which, 0);
    List<Engine> engines = new ArrayList<>();
    for (int i = 0; i < engineCount; i++) {
      engines.add(Engine.free(1 + random.nextInt(5)));
    }
    Rows rows = new Rows();
    RowPool pool = new RowPool(Integer.MAX_VALUE);
    Set<Row> ran = new HashSet<>();
    int came = 0;
    long nowUs = 0;
    while (came < 400 || pool.size() > 0) {
      for (int i = 0; i < arrivalsPerPick && came < 400; i++, came++) {
        // Mostly short rows, which a policy may like better, and the odd long one.
        pool.add(rows.next(random.nextInt(10) == 0 ? 500 : 1 + random.nextInt(20), nowUs));
      }
      Row oldest = pool.oldest();
      boolean mayNotPass =
          which != Policy.SHORTEST_COMPLETION_FIRST || nowUs - oldest.enteredUs() >= MAX_SKIPPED_US;
      Decision.Run run = run(policy.decide(pool, engines, nowUs));
      assertThat(engines.get(run.engine()).free()).isTrue();
      Batch batch = run.batch();
      assertThat(batch.rows()).isNotEmpty().allMatch(ran::add);
      assertThat(batch.rows().size()).isLessThanOrEqualTo(LIMITS.maxRows());
      assertThat(batch.rows().size() == 1 || batch.paddedTokens() <= LIMITS.maxPaddedTokens())
          .isTrue();
      batch.rows().forEach(row -> pool.remove(row, Row.Place.RUNNING));

      // The oldest row is never passed over, once the policy may not.
      boolean passedOver = pool.size() > 0 && pool.oldest() == oldest;
      assertThat(passedOver && mayNotPass).isFalse();
      nowUs += 1_000;
    }
    assertThat(ran).hasSize(came);
  }

  @Test
  void firstComeFirstServedTakesTheFirstFreeEngineAndTheOldestRow() {
    List<Row> rows = new Rows().of(100, 5, 5, 5);
    Decision.Run run =
        run(
            policy(Policy.FIRST_COME_FIRST_SERVED, 0)
                .decide(
                    Rows.pool(rows),
                    List.of(Engine.busy(9, 1), Engine.free(9), Engine.free(1)),
                    0));
    assertThat(run.engine()).isEqualTo(1);
    assertThat(run.batch().rows()).containsExactly(rows.get(0));
  }

  @Test
  void shortestCompletionFirstTakesShortRowsOnTheFastestEngineUntilTheOldestIsOverdue() {
    SchedulingPolicy policy = policy(Policy.SHORTEST_COMPLETION_FIRST, 0);
    List<Row> rows = new Rows().of(100, 5, 5, 5);
    List<Engine> engines = List.of(Engine.free(9), Engine.free(2), Engine.busy(0, 1));
    Decision.Run early = run(policy.decide(Rows.pool(rows), engines, 10));
    assertThat(Rows.lengths(early.batch())).containsExactly(5, 5, 5);
    assertThat(early.engine()).isEqualTo(1);
    Decision.Run late =
        run(policy.decide(Rows.pool(new Rows().of(100, 5)), engines, MAX_SKIPPED_US));
    assertThat(Rows.lengths(late.batch())).containsExactly(100);
  }

  @Test
  void loadAwareWaitsForAFastEngineOnlyWhileThatPays() {
    SchedulingPolicy policy = policy(Policy.LOAD_AWARE, 0);
    RowPool pool = Rows.pool(new Rows().of(100));
    // Slow: 100 + 100 × 50 = 5,100 µs. Fast: 100 + 100 × 1 = 200 µs, once it is free.
    assertThat(policy.decide(pool, List.of(Engine.busy(4_000, 1), Engine.free(50)), 10))
        .isEqualTo(new Decision.Wait(4_010));
    assertThat(
            run(policy.decide(pool, List.of(Engine.busy(6_000, 1), Engine.free(50)), 10)).engine())
        .isEqualTo(1);
    assertThat(run(policy.decide(pool, List.of(Engine.free(1), Engine.free(50)), 10)).engine())
        .isZero();
  }

  @Test
  void engineThatNobodyKnowsIsTriedWhenFreeAndNeverWaitedFor() {
    Engine unknownFree = new Engine(true, 0, 0, 0, false);
    Engine unknownBusy = new Engine(false, 0, 0, 0, false);
    for (Policy which : List.of(Policy.LOAD_AWARE, Policy.SHORTEST_COMPLETION_FIRST)) {
      RowPool pool = Rows.pool(new Rows().of(100));
      assertThat(
              run(policy(which, 0).decide(pool, List.of(Engine.free(1), unknownFree), 0)).engine())
          .isEqualTo(1);
      assertThat(
              run(policy(which, 0).decide(pool, List.of(unknownBusy, Engine.free(9)), 0)).engine())
          .isEqualTo(1);
    }
  }

  @Test
  void lingerHoldsBackOnlyABatchThatMayGrow() {
    SchedulingPolicy policy = policy(Policy.FIRST_COME_FIRST_SERVED, 5);
    List<Engine> engines = List.of(Engine.free(1));
    Rows rows = new Rows();
    RowPool pool = new RowPool(100);
    pool.add(rows.next(10, 1_000));
    assertThat(policy.decide(pool, engines, 2_000)).isEqualTo(new Decision.Wait(6_000));
    assertThat(policy.decide(pool, engines, 6_000)).isInstanceOf(Decision.Run.class);
    assertThat(policy.atEndOfInput().decide(pool, engines, 2_000)).isInstanceOf(Decision.Run.class);
    for (int i = 1; i < 8; i++) {
      pool.add(rows.next(10, 2_000));
    }
    assertThat(policy.decide(pool, engines, 2_000)).isInstanceOf(Decision.Run.class);
  }

  @Test
  void lingerDoesNotHoldBackFromAFullPool() {
    RowPool pool = new RowPool(1);
    pool.add(new Rows().next(10, 1_000));
    assertThat(
            policy(Policy.FIRST_COME_FIRST_SERVED, 5).decide(pool, List.of(Engine.free(1)), 1_000))
        .isInstanceOf(Decision.Run.class);
  }

  /** What a policy that looks at every batch would decide, without looking at every batch. */
  @Property(tries = 300)
  void lingerHoldsBackExactlyTheBatchesThatMayGrow(@ForAll long seed) {
    Random random = new Random(seed);
    RowPool pool = new RowPool(12);
    Rows rows = new Rows();
    long nowUs = 0;
    for (int i = 1 + random.nextInt(12); i > 0; i--) {
      nowUs += random.nextInt(1_000);
      pool.add(rows.next(1 + random.nextInt(300), nowUs));
    }
    nowUs += random.nextInt(4_000);
    List<Engine> engines = List.of(Engine.free(1));
    Batch batch =
        run(policy(Policy.FIRST_COME_FIRST_SERVED, 0).decide(pool, engines, nowUs)).batch();
    long oldestUs = batch.rows().stream().mapToLong(Row::enteredUs).min().orElseThrow();
    boolean heldBack = !pool.full() && !batch.isFull(LIMITS) && oldestUs + 5_000 > nowUs;

    Decision decision = policy(Policy.FIRST_COME_FIRST_SERVED, 5).decide(pool, engines, nowUs);
    assertThat(decision)
        .isEqualTo(heldBack ? new Decision.Wait(oldestUs + 5_000) : new Decision.Run(batch, 0));
  }
}
