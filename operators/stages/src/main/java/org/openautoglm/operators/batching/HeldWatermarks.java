package org.openautoglm.operators.batching;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * Holds watermarks and watermark statuses behind the unfinished requests that came before them.
 *
 * <p>Requests between two watermarks form a segment; a segment's closing element goes out when it
 * and all earlier segments are empty. Belongs to the task thread, and is not in state: watermarks
 * are made anew after a restore.
 *
 * @param <T> what is held
 */
final class HeldWatermarks<T> {
  private final ArrayDeque<Segment> segments = new ArrayDeque<>();
  private final Consumer<T> output;
  private Segment current = new Segment();

  /** Requests between two watermarks. */
  static final class Segment {
    private long unfinished;
    private Object closing;
  }

  HeldWatermarks(Consumer<T> output) {
    this.output = output;
  }

  /** A request comes in. */
  Segment enter() {
    return enter(1);
  }

  /** So many requests come in at once. */
  Segment enter(long requests) {
    current.unfinished += requests;
    return current;
  }

  /** A request has been answered. */
  void leave(Segment segment) {
    segment.unfinished--;
    flush();
  }

  /** An element that must not overtake the requests before it. */
  void hold(T element) {
    if (segments.isEmpty() && current.unfinished == 0) {
      output.accept(element);
      return;
    }
    current.closing = element;
    segments.add(current);
    current = new Segment();
  }

  @SuppressWarnings("unchecked") // Only hold() sets it.
  private void flush() {
    while (!segments.isEmpty() && segments.peek().unfinished == 0) {
      output.accept((T) segments.poll().closing);
    }
  }
}
