package org.openautoglm.operators.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.LaneClaim.Lane;

/** Who gets a lane, with time in the test's hands. */
class DeviceTest {
  private static final long MS = 1_000_000;

  private final List<String> woken = new ArrayList<>();
  private long now;

  private Device device(int lanes) {
    return new Device("d", lanes, Runnable::run, () -> now);
  }

  private LaneClaim claim(Device device, String model) {
    return device.claim(model, Integer.MAX_VALUE, () -> woken.add(model));
  }

  private void hold(Device device, LaneClaim claim, long ms) {
    Lane lane = claim.tryAcquire(0);
    now += ms * MS;
    device.release(lane);
  }

  @Test
  void whoeverWantsALaneIsWokenWhenOneIsFree() {
    Device device = device(1);
    Lane lane = claim(device, "a").tryAcquire(0);
    assertThat(claim(device, "b").tryAcquire(0)).isNull();
    assertThat(claim(device, "c").tryAcquire(0)).isNull();
    device.release(lane);
    assertThat(woken).containsExactly("b", "c");
    assertThat(device.freeLanes()).isEqualTo(1);
  }

  @Test
  void aLaneIsKeptAMomentForTheOneThatHasHadLess() {
    Device device = device(1);
    LaneClaim much = claim(device, "much");
    LaneClaim little = claim(device, "little");
    Lane lane = much.tryAcquire(0);
    assertThat(little.tryAcquire(0)).isNull();
    now += 100 * MS;
    device.release(lane);
    assertThat(much.tryAcquire(0)).as("before the other, which was woken").isNull();
    lane = little.tryAcquire(0);
    assertThat(lane).isNotNull();
    woken.clear();
    device.release(lane);
    assertThat(woken).containsExactly("much");
  }

  @Test
  void whoDoesNotComeOrDeclinesHoldsNobodyUp() {
    Device device = device(1);
    LaneClaim much = claim(device, "much");
    LaneClaim little = claim(device, "little");
    for (boolean declines : new boolean[] {true, false}) {
      Lane lane = much.tryAcquire(0);
      assertThat(little.tryAcquire(0)).isNull();
      now += 100 * MS;
      device.release(lane);
      assertThat(much.tryAcquire(0)).isNull();
      if (declines) {
        woken.clear();
        little.decline();
        assertThat(woken).containsExactly("much");
      } else {
        now += Device.GRACE_NANOS;
      }
      lane = much.tryAcquire(0);
      assertThat(lane).isNotNull();
      device.release(lane);
      little.decline();
    }
  }

  @Test
  void whatIsExpectedCountsUntilItIsKnown() {
    Device device = device(2);
    LaneClaim slow = claim(device, "slow");
    LaneClaim quick = claim(device, "quick");
    Lane first = slow.tryAcquire(1_000_000);
    Lane second = quick.tryAcquire(10);
    assertThat(slow.tryAcquire(1_000_000)).isNull();
    assertThat(quick.tryAcquire(10)).isNull();
    now += MS;
    device.release(second);
    assertThat(slow.tryAcquire(1_000_000)).isNull();
    second = quick.tryAcquire(10);
    assertThat(second).isNotNull();
    device.release(first);
    assertThat(slow.hadNanos()).as("it took less").isEqualTo(MS);
  }

  @Test
  void whoWasIdleHasSavedNothingUp() {
    Device device = device(1);
    LaneClaim busy = claim(device, "busy");
    LaneClaim idle = claim(device, "idle");
    for (int i = 0; i < 50; i++) {
      hold(device, busy, 100);
    }
    hold(device, idle, 1);
    assertThat(idle.hadNanos()).isBetween(4_800 * MS, 5_001 * MS);
  }

  @Test
  void boundOfLanesHoldsForWhoeverHasIt() {
    Device device = device(4);
    LaneClaim bounded = device.claim("bounded", 2, () -> woken.add("bounded"));
    LaneClaim free = claim(device, "free");
    Lane lane = bounded.tryAcquire(0);
    assertThat(free.tryAcquire(0)).isNotNull();
    assertThat(bounded.tryAcquire(0)).isNull();
    assertThat(free.tryAcquire(0)).isNotNull();
    device.release(lane);
    assertThat(woken).as("two of the others still run").isEmpty();
  }

  @Test
  void usedTimeIsToldAsAShare() {
    Device device = device(2);
    LaneClaim claim = claim(device, "a");
    Lane lane = claim.tryAcquire(0);
    now += 10_000 * MS;
    assertThat(device.laneUse()).isEqualTo(0.5, offset(0.01));
    device.release(lane);
    for (int i = 0; i < 70; i++) {
      now += 1_000 * MS;
      device.laneUse();
    }
    assertThat(device.laneUse()).isEqualTo(0, offset(0.01));
  }

  /** Models of very different batches, all with a backlog, on a few lanes. */
  @Test
  void backloggedModelsHaveEqualTimeHoweverLongTheirBatchesAre() {
    Random random = new Random(7);
    for (int lanes : new int[] {1, 2, 3}) {
      now = 0;
      Device device = device(lanes);
      Map<String, Long> batchMs = new TreeMap<>(Map.of("quick", 3L, "middle", 40L, "slow", 900L));
      Map<String, LaneClaim> claims = new HashMap<>();
      batchMs.keySet().forEach(model -> claims.put(model, claim(device, model)));
      record Running(long endsAt, String model, Lane lane) {}
      PriorityQueue<Running> running =
          new PriorityQueue<>((a, b) -> Long.compare(a.endsAt(), b.endsAt()));
      Map<String, Long> had = new TreeMap<>();
      while (now < 300_000 * MS) {
        List<String> order = new ArrayList<>(batchMs.keySet());
        java.util.Collections.shuffle(order, random);
        for (int round = 0; round < lanes + 1; round++) {
          for (String model : order) {
            Lane lane = claims.get(model).tryAcquire(1_000 * batchMs.get(model));
            if (lane != null) {
              running.add(new Running(now + batchMs.get(model) * MS, model, lane));
            }
          }
        }
        Running ended = running.poll();
        now = ended.endsAt();
        had.merge(ended.model(), batchMs.get(ended.model()), Long::sum);
        device.release(ended.lane());
      }
      long all = had.values().stream().mapToLong(Long::longValue).sum();
      assertThat(all).isCloseTo(300_000L * lanes, offset(3_000L * lanes));
      assertThat(had.values())
          .as("%s lanes: %s", lanes, had)
          .allSatisfy(ms -> assertThat(ms * 3.0 / all).isEqualTo(1.0, offset(0.1)));
    }
  }
}
