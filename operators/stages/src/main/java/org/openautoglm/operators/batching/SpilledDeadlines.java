package org.openautoglm.operators.batching;

import java.util.Arrays;

/**
 * The deadlines of prompts that wait in state, the nearest first: a binary heap of two numbers for
 * each prompt, since there may be a million of them. A prompt that has left is passed over when its
 * time comes, by whoever polls. Belongs to the task thread.
 */
final class SpilledDeadlines {
  private long[] times = new long[0];
  private long[] numbers = new long[0];
  private int size;

  void add(long deadlineUs, long number) {
    if (size == times.length) {
      int capacity = Math.max(64, size * 2);
      times = Arrays.copyOf(times, capacity);
      numbers = Arrays.copyOf(numbers, capacity);
    }
    int place = size++;
    while (place > 0 && times[(place - 1) / 2] > deadlineUs) {
      move((place - 1) / 2, place);
      place = (place - 1) / 2;
    }
    set(place, deadlineUs, number);
  }

  /** The nearest deadline, microseconds since the epoch; never without one. */
  long nextUs() {
    return size == 0 ? Long.MAX_VALUE : times[0];
  }

  /** Takes out the number of the nearest deadline. There must be one. */
  long poll() {
    long number = numbers[0];
    size--;
    long lastTime = times[size];
    int place = 0;
    for (int child = 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && times[child + 1] < times[child]) {
        child++;
      }
      if (times[child] >= lastTime) {
        break;
      }
      move(child, place);
      place = child;
    }
    if (size > 0) {
      set(place, lastTime, numbers[size]);
    }
    return number;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Gives its memory back. */
  void clear() {
    times = new long[0];
    numbers = new long[0];
    size = 0;
  }

  private void move(int from, int to) {
    set(to, times[from], numbers[from]);
  }

  private void set(int place, long time, long number) {
    times[place] = time;
    numbers[place] = number;
  }
}
