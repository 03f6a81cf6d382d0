package org.openautoglm.operators.batching;

import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.openautoglm.operators.inference.WaitingSpec;
import org.openautoglm.schemas.flow.UnfinishedPrompt;
import org.openautoglm.schemas.flow.WaitingLine;

/**
 * Prompts of a checkpoint whose model the job has lost since: they are handed out to be refused, a
 * bounded number at a time, and are in every checkpoint until then. Belongs to the task thread.
 */
final class LostModels {
  private static final int PROMPTS_MAX = 256;

  private final PromptStore store;
  private final LongSupplier sequence;
  private final ArrayDeque<Lost> lost = new ArrayDeque<>();
  private final ArrayDeque<String> done = new ArrayDeque<>();

  /** The line of one key. */
  private record Lost(
      String key, String model, ArrayDeque<Long> hot, Spill spill, HeldWatermarks.Segment segment) {
    boolean isEmpty() {
      return hot.isEmpty() && spill.isEmpty();
    }
  }

  LostModels(PromptStore store, LongSupplier sequence) {
    this.store = store;
    this.sequence = sequence;
  }

  void restore(String key, WaitingLine line, HeldWatermarks.Segment segment) {
    Spill spill = new Spill(key, store, WaitingSpec.STANDARD);
    spill.restore(line, segment);
    lost.add(new Lost(key, line.getModelId(), new ArrayDeque<>(line.getHotList()), spill, segment));
  }

  boolean isEmpty() {
    return lost.isEmpty();
  }

  /** Hands out the next prompts, and forgets them. */
  void handOut(Consumer<PendingRequest> refuse) {
    for (int prompts = 0; prompts < PROMPTS_MAX && !lost.isEmpty(); prompts++) {
      Lost first = lost.peek();
      PendingRequest request = first.hot().isEmpty() ? fromSpill(first) : fromPool(first);
      if (request != null) {
        store.remove(first.key(), request.number);
        refuse.accept(request);
      }
      if (first.isEmpty()) {
        done.add(lost.poll().key());
      }
    }
  }

  private PendingRequest fromPool(Lost from) {
    long number = from.hot().poll();
    return request(number, store.get(from.key(), number), from.segment());
  }

  private PendingRequest fromSpill(Lost from) {
    UnfinishedPrompt prompt = from.spill().first();
    if (prompt == null) {
      return null; // Only gaps so far.
    }
    long number = from.spill().firstNumber();
    return request(number, prompt, from.spill().leave(number, prompt));
  }

  private PendingRequest request(
      long number, UnfinishedPrompt prompt, HeldWatermarks.Segment segment) {
    PendingRequest request = PendingRequest.restored(prompt, sequence);
    request.number = number;
    request.segment = segment;
    return request;
  }

  /** Says what is left of each key. */
  void snapshot() {
    for (Lost of : lost) {
      WaitingLine.Builder line =
          WaitingLine.newBuilder().setModelId(of.model()).addAllHot(of.hot());
      of.spill().describe(line);
      store.putLine(of.key(), line.build());
    }
    done.forEach(key -> store.putLine(key, null));
    done.clear();
  }
}
