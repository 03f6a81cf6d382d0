package org.openautoglm.operators.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.LaneClaim.Lane;

/** Two jobs' own objects for one processor. */
class SharedLanesTest {
  private final SharedLanes lanes = SharedLanes.alone(1);
  private final Device one = device();
  private final Device other = device();
  private final AtomicInteger woken = new AtomicInteger();

  @Test
  void aLaneThatOneJobHasIsNotTheOthersAndIsOfferedWhenItIsFree() {
    LaneClaim mine = one.claim("m", 1, () -> {});
    LaneClaim theirs = other.claim("m", 1, woken::incrementAndGet);
    Lane lane = mine.tryAcquire(0);
    assertThat(theirs.tryAcquire(0)).isNull();
    assertThat(other.freeLanes()).isZero();
    one.release(lane);
    assertThat(woken).hasValue(1);
    assertThat(theirs.tryAcquire(0)).isNotNull();
    assertThat(mine.tryAcquire(0)).isNull();
  }

  @Test
  void nothingOfAJobStaysThatWantsNoLane() {
    LaneClaim mine = one.claim("m", 1, () -> {});
    LaneClaim second = one.claim("n", 1, () -> {});
    LaneClaim theirs = other.claim("m", 1, () -> {});
    assertThat(lanes.wakes()).hasSize(2);
    mine.close();
    assertThat(lanes.wakes()).hasSize(2);
    second.close();
    theirs.close();
    assertThat(lanes.wakes()).isEmpty();
  }

  private Device device() {
    return new Device("cpu", 1, lanes, Runnable::run, new DeviceHealth("cpu"), System::nanoTime);
  }
}
