package org.openautoglm.operators.inference.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Deals the GPUs of a process out to its subtasks, since Flink offers all of them to every slot. A
 * subtask has a seat, one of as many as there are slots, for as long as it holds a lease; the seat
 * says which GPUs are its own. Thread-safe.
 */
final class GpuSeats {
  private final Map<String, Seat> taken = new HashMap<>();

  /**
   * The GPUs of a seat: all are dealt out, evenly, and only where there are more seats than GPUs do
   * seats share one.
   *
   * @param offered every GPU of the process
   */
  static List<Integer> ofSeat(int seat, int seats, List<Integer> offered) {
    if (offered.isEmpty()) {
      return List.of();
    }
    List<Integer> own = new ArrayList<>();
    for (int i = seat % seats; i < offered.size(); i += seats) {
      own.add(offered.get(i));
    }
    return own.isEmpty() ? List.of(offered.get(seat % offered.size())) : own;
  }

  /** Takes the subtask's seat: the one that it has, or else the first that is free. */
  synchronized int take(String subtask) {
    Seat seat =
        taken.computeIfAbsent(
            subtask,
            key -> {
              int number = 0;
              while (isTaken(number)) {
                number++;
              }
              return new Seat(number);
            });
    seat.leases++;
    return seat.number;
  }

  /** Gives back what {@link #take} took; the seat is free when nothing of the subtask is left. */
  synchronized void giveBack(String subtask) {
    Seat seat = taken.get(subtask);
    if (seat != null && --seat.leases == 0) {
      taken.remove(subtask);
    }
  }

  private boolean isTaken(int number) {
    return taken.values().stream().anyMatch(seat -> seat.number == number);
  }

  private static final class Seat {
    private final int number;
    private int leases;

    Seat(int number) {
      this.number = number;
    }
  }
}
