package org.openautoglm.operators.inference.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.openautoglm.operators.inference.ProcessWide;

/**
 * Deals the GPUs of a process out to its subtasks, since Flink offers all of them to every slot. A
 * subtask has a seat, one of as many as there are slots, for as long as it holds a lease; the seat
 * says which GPUs are its own. The jobs of a process share the seats. Thread-safe.
 */
final class GpuSeats {
  private static final int NUMBER = 0;
  private static final int LEASES = 1;

  /** By subtask: the number of its seat, and how many leases it has. Its own lock. */
  private final Map<String, int[]> taken;

  private GpuSeats(Map<String, int[]> taken) {
    this.taken = taken;
  }

  /** Seats of nobody else. */
  static GpuSeats alone() {
    return new GpuSeats(new HashMap<>());
  }

  /** The seats of this process, whatever the job. */
  @SuppressWarnings("unchecked") // Nobody else uses this name.
  static GpuSeats ofProcess() {
    return new GpuSeats(
        (Map<String, int[]>)
            ProcessWide.objects()
                .computeIfAbsent("autoglm GPU seats", key -> new HashMap<String, int[]>()));
  }

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
  int take(String subtask) {
    synchronized (taken) {
      int[] seat = taken.get(subtask);
      if (seat == null) {
        int number = 0;
        while (isTaken(number)) {
          number++;
        }
        seat = new int[] {number, 0};
        taken.put(subtask, seat);
      }
      seat[LEASES]++;
      return seat[NUMBER];
    }
  }

  /** Gives back what {@link #take} took; the seat is free when nothing of the subtask is left. */
  void giveBack(String subtask) {
    synchronized (taken) {
      int[] seat = taken.get(subtask);
      if (seat != null && --seat[LEASES] == 0) {
        taken.remove(subtask);
      }
    }
  }

  private boolean isTaken(int number) {
    return taken.values().stream().anyMatch(seat -> seat[NUMBER] == number);
  }
}
