package org.openautoglm.operators.batching;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import org.openautoglm.schemas.flow.UnfinishedPrompt;

/**
 * Brings prompts back from state: to the pool in their order when it has room, or to their end when
 * their deadline has passed. A bounded number at a time, so that a turn stays short. Belongs to the
 * task thread.
 */
final class Refill {
  /** Prompts that are read at a time for one window. */
  static final int PROMPTS_MAX = 1_024;

  private final Taker taker;
  private final LongSupplier sequence;
  private final Set<Window> windows = new LinkedHashSet<>();

  /** Takes a request that comes back. */
  @FunctionalInterface
  interface Taker {
    void take(PendingRequest request, Window window, long nowUs);
  }

  /**
   * @param sequence gives rows their age in the pool
   */
  Refill(Taker taker, LongSupplier sequence) {
    this.taker = taker;
    this.sequence = sequence;
  }

  /** A window whose spill has prompts. */
  void watch(Window window) {
    windows.add(window);
  }

  /** Ends prompts that are too late. Returns when to be called again. */
  long expire(long nowUs) {
    long againUs = Long.MAX_VALUE;
    for (Window window : windows) {
      Spill spill = window.spill();
      long number = spill.pollPassed(nowUs);
      for (int read = 0; number >= 0 && read < PROMPTS_MAX; read++) {
        UnfinishedPrompt prompt = spill.find(number);
        if (prompt != null) {
          bring(window, number, prompt, nowUs);
        }
        number = read + 1 < PROMPTS_MAX ? spill.pollPassed(nowUs) : -1;
      }
      againUs = Math.min(againUs, spill.nextDeadlineUs());
    }
    return againUs;
  }

  /** Fills the pools. Returns whether any prompt came. */
  boolean run(long nowUs) {
    boolean came = false;
    for (Window window : windows) {
      came |= fill(window, nowUs);
    }
    windows.removeIf(window -> window.spill().isEmpty());
    return came;
  }

  private boolean fill(Window window, long nowUs) {
    int read = 0;
    while (read < PROMPTS_MAX && !window.spill().isEmpty()) {
      UnfinishedPrompt first = window.spill().first();
      if (first == null
          || !window.hasRoom(Spill.openRows(first), first.getPrompt().getSerializedSize())) {
        break;
      }
      bring(window, window.spill().firstNumber(), first, nowUs);
      read++;
    }
    return read > 0;
  }

  /**
   * Whether more can come without any change: a turn's share was read, or gaps were passed over.
   */
  boolean isBehind() {
    for (Window window : windows) {
      UnfinishedPrompt first = window.spill().isEmpty() ? null : window.spill().known();
      if (!window.spill().isEmpty()
          && (first == null
              || window.hasRoom(Spill.openRows(first), first.getPrompt().getSerializedSize()))) {
        return true;
      }
    }
    return false;
  }

  private void bring(Window window, long number, UnfinishedPrompt prompt, long nowUs) {
    PendingRequest request = PendingRequest.restored(prompt, sequence);
    request.number = number;
    request.writtenToState();
    request.segment = window.spill().leave(number, prompt);
    window.model().metrics().rowsSpilled -= request.open();
    taker.take(request, window, nowUs);
  }
}
