package org.openautoglm.operators.suspects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.suspects.Solitude.Stay;

class SolitudeTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final Instant END = Instant.ofEpochSecond(1_000);
  private static final Past ONCE = new Past(1, false, END);
  private static final Past TWICE = new Past(2, false, END);

  @Test
  void whoIsAloneWaitsForTheOthersAndTheyForHim() throws Exception {
    Solitude solitude = Solitude.of(LONG, LONG);
    Stay first = solitude.company();
    CompletableFuture<Stay> alone = come(() -> solitude.alone(ONCE));
    CompletableFuture<Stay> later = come(solitude::company);
    assertThat(alone).isNotDone();
    first.close();
    alone.join();
    assertThat(later).as("came after him").isNotDone();
    alone.join().close();
    assertThat(later.join().hasWaited()).isTrue();
    later.join().close();
    assertThat(solitude.company().hasWaited()).isFalse();
  }

  @Test
  void whoTakesLongGoesOnBesideTheOthers() throws Exception {
    Solitude solitude = Solitude.of(Duration.ofMillis(20), LONG);
    Stay alone = solitude.alone(ONCE);
    Stay beside = solitude.company();
    beside.close();
    alone.close();
    try (Stay next = solitude.alone(ONCE)) {
      assertThat(next.hasWaited()).isTrue();
    }
  }

  @Test
  void whoDoesNotComeToBeAloneGoesOnBesideTheOthers() throws Exception {
    Solitude solitude = Solitude.of(Duration.ofMillis(20), LONG);
    try (Stay first = solitude.company();
        Stay suspect = solitude.alone(ONCE);
        Stay last = solitude.company()) {
      assertThat(first.hasWaited()).isFalse();
      assertThat(suspect.hasWaited()).isTrue();
      assertThat(last.hasWaited()).isFalse();
    }
  }

  @Test
  void whoIsGivenUpHoldsNobodyUp() throws Exception {
    Solitude solitude = Solitude.of(LONG, LONG);
    Stay stuck = solitude.alone(ONCE);
    stuck.leave();
    Stay next = solitude.alone(ONCE);
    stuck.close();
    CompletableFuture<Stay> beside = come(solitude::company);
    assertThat(beside).as("nothing was given back twice").isNotDone();
    next.close();
    beside.join().close();
  }

  @Test
  void theTimeOfThoseThatWereInHandOnceIsLimitedAndNewWithEachEnd() throws Exception {
    Solitude solitude = Solitude.of(LONG, Duration.ofNanos(1));
    assertThat(solitude.isFor(ONCE)).isTrue();
    solitude.alone(ONCE).close();
    assertThat(solitude.isFor(ONCE)).isFalse();
    assertThat(solitude.isFor(TWICE)).isTrue();
    assertThat(solitude.isFor(new Past(1, false, END.plusSeconds(1)))).isTrue();
  }

  private interface Coming {
    Stay come() throws InterruptedException;
  }

  private static CompletableFuture<Stay> come(Coming coming) {
    CompletableFuture<Stay> stay = new CompletableFuture<>();
    AtomicBoolean began = new AtomicBoolean();
    Thread thread =
        new Thread(
            () -> {
              began.set(true);
              try {
                stay.complete(coming.come());
              } catch (InterruptedException e) {
                stay.completeExceptionally(e);
              }
            });
    thread.start();
    await().until(() -> began.get() && (stay.isDone() || isWaiting(thread)));
    return stay;
  }

  private static boolean isWaiting(Thread thread) {
    return thread.getState() == Thread.State.TIMED_WAITING;
  }
}
