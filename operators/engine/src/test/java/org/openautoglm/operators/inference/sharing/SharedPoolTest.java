package org.openautoglm.operators.inference.sharing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.sharing.SharedPool.Share;

class SharedPoolTest {
  private final SharedPool<String, Thing> pool = new SharedPool<>();
  private final AtomicInteger loads = new AtomicInteger();

  @Test
  void loadsOnceAndClosesWithTheLastShare() throws Exception {
    Share<Thing> first = pool.acquire("a", this::load);
    Share<Thing> second = pool.acquire("a", this::load);
    Share<Thing> other = pool.acquire("b", this::load);
    assertThat(first.value()).isSameAs(second.value()).isNotSameAs(other.value());
    first.close();
    first.close();
    assertThat(second.value().closed).isFalse();
    second.close();
    assertThat(second.value().closed).isTrue();
    assertThat(other.value().closed).isFalse();
    assertThat(pool.size()).isEqualTo(1);
    other.close();
    assertThat(pool.size()).isZero();
  }

  @Test
  void loadsAgainAfterAFailure() throws Exception {
    assertThatThrownBy(
            () ->
                pool.acquire(
                    "a",
                    () -> {
                      throw new ModelLoadException("not yet");
                    }))
        .isInstanceOf(ModelLoadException.class);
    assertThat(pool.size()).isZero();
    try (Share<Thing> share = pool.acquire("a", this::load)) {
      assertThat(share.value().closed).isFalse();
    }
  }

  @Test
  void keepsWhatNobodyUsesForAWhile() throws Exception {
    Thing kept;
    try (Share<Thing> first = keep("a", 60_000)) {
      kept = first.value();
    }
    assertThat(kept.closed).isFalse();
    try (Share<Thing> second = keep("a", 1)) {
      assertThat(second.value()).isSameAs(kept);
    }
    await().untilAsserted(() -> assertThat(kept.closed).isTrue());
    assertThat(pool.size()).isZero();
    assertThat(loads).hasValue(1);
  }

  @Test
  void closesWhatIsKeptWhenAsked() throws Exception {
    Share<Thing> used = keep("used", 60_000);
    Share<Thing> kept = keep("kept", 60_000);
    Share<Thing> other = keep("other", 60_000);
    kept.close();
    other.close();
    pool.closeUnused(key -> !key.equals("other"));
    assertThat(kept.value().closed).isTrue();
    assertThat(other.value().closed).isFalse();
    assertThat(used.value().closed).isFalse();
    used.close();
    pool.closeUnused(key -> true);
    assertThat(used.value().closed).isTrue();
    assertThat(pool.size()).isZero();
  }

  @Test
  void keepsNothingUnsound() throws Exception {
    Share<Thing> share = pool.acquire("a", 60_000, thing -> false, this::load);
    share.close();
    assertThat(share.value().closed).isTrue();
    assertThat(pool.size()).isZero();
  }

  private Share<Thing> keep(String key, long keepMs) throws ModelLoadException {
    return pool.acquire(key, keepMs, thing -> true, this::load);
  }

  @Test
  void servesNothingClosedToThreadsThatComeAndGo() throws Exception {
    int threads = 8;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    CountDownLatch start = new CountDownLatch(threads);
    try {
      List<Future<Integer>> closedSeen = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        closedSeen.add(
            executor.submit(
                () -> {
                  start.countDown();
                  start.await();
                  int closed = 0;
                  for (int i = 0; i < 5_000; i++) {
                    try (Share<Thing> share = pool.acquire("a", this::load)) {
                      closed += share.value().closed.get() ? 1 : 0;
                    }
                  }
                  return closed;
                }));
      }
      for (Future<Integer> seen : closedSeen) {
        assertThat(seen.get()).isZero();
      }
      assertThat(pool.size()).isZero();
      assertThat(loads).hasPositiveValue();
    } finally {
      executor.shutdown();
    }
  }

  private Thing load() {
    loads.incrementAndGet();
    return new Thing();
  }

  private static final class Thing implements AutoCloseable {
    private final AtomicBoolean closed = new AtomicBoolean();

    @Override
    public void close() {
      assertThat(closed.compareAndSet(false, true)).as("closed once").isTrue();
    }
  }
}
