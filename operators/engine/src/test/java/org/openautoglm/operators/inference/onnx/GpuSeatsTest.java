package org.openautoglm.operators.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class GpuSeatsTest {
  @Test
  void eachSeatHasGpusOfItsOwn() {
    assertThat(GpuSeats.ofSeat(0, 2, List.of(0, 1, 2, 3))).containsExactly(0, 2);
    assertThat(GpuSeats.ofSeat(1, 2, List.of(0, 1, 2, 3))).containsExactly(1, 3);
    assertThat(GpuSeats.ofSeat(2, 4, List.of(5, 7))).containsExactly(5);
    assertThat(GpuSeats.ofSeat(3, 4, List.of(5, 7))).containsExactly(7);
    assertThat(GpuSeats.ofSeat(0, 4, List.of())).isEmpty();
  }

  @Property
  void allAreDealtOutEvenly(
      @ForAll @IntRange(min = 1, max = 16) int seats,
      @ForAll @IntRange(min = 1, max = 16) int gpus) {
    List<Integer> offered = java.util.stream.IntStream.range(0, gpus).boxed().toList();
    TreeSet<Integer> dealt = new TreeSet<>();
    int users = 0;
    int least = gpus;
    int most = 0;
    for (int seat = 0; seat < seats; seat++) {
      List<Integer> own = GpuSeats.ofSeat(seat, seats, offered);
      dealt.addAll(own);
      users += own.size();
      least = Math.min(least, own.size());
      most = Math.max(most, own.size());
    }
    assertThat(dealt).containsExactlyElementsOf(offered);
    assertThat(users).isEqualTo(Math.max(seats, gpus));
    assertThat(most - least).isLessThanOrEqualTo(1);
  }

  @Test
  void aSeatIsFreeWhenItsSubtaskHasNoLeaseLeft() {
    GpuSeats seats = GpuSeats.alone();
    assertThat(seats.take("a")).isZero();
    assertThat(seats.take("b")).isEqualTo(1);
    assertThat(seats.take("a")).isZero();
    seats.giveBack("a");
    assertThat(seats.take("c")).isEqualTo(2);
    seats.giveBack("a");
    assertThat(seats.take("d")).isZero();
  }
}
