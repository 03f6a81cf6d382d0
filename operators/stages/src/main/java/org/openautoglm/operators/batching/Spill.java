package org.openautoglm.operators.batching;

import java.util.Map;
import java.util.TreeMap;
import org.openautoglm.operators.inference.WaitingSpec;
import org.openautoglm.schemas.flow.UnfinishedPrompt;
import org.openautoglm.schemas.flow.WaitingLine;

/**
 * The prompts of one window that wait in state and not on the heap: a range of numbers, in the
 * order of their arrival, with gaps where one left before its turn. On the heap they cost two
 * numbers where they have a deadline, and else nothing.
 *
 * <p>Numbers are given to the prompts of the pool, too, so that a prompt keeps its number, and its
 * one copy in state, on its way through the pool. Belongs to the task thread.
 */
final class Spill {
  /** Numbers that are looked at for the next prompt at a time; all may be gaps. */
  private static final int LOOKS_MAX = 1_024;

  private final String key;
  private final PromptStore store;
  private final WaitingSpec bounds;
  private final SpilledDeadlines deadlines = new SpilledDeadlines();

  /** From each of these numbers on, prompts belong to the segment beside it. */
  private final TreeMap<Long, HeldWatermarks.Segment> segments = new TreeMap<>();

  private long head;
  private long next;
  private long prompts;
  private long rows;
  private long bytes;

  /** The prompt of number {@code head}, once it was looked for. */
  private UnfinishedPrompt first;

  Spill(String key, PromptStore store, WaitingSpec bounds) {
    this.key = key;
    this.store = store;
    this.bounds = bounds;
  }

  /** Takes over what a checkpoint says. The prompts lie in the store already. */
  void restore(WaitingLine line, HeldWatermarks.Segment segment) {
    head = line.getHead();
    next = line.getNext();
    prompts = line.getPrompts();
    rows = line.getRows();
    bytes = line.getBytes();
    segments.put(head, segment);
  }

  /** A deadline of a prompt that a checkpoint held. */
  void restoreDeadline(long number, long deadlineUs) {
    if (number >= head && deadlineUs > 0) {
      deadlines.add(deadlineUs, number);
    }
  }

  /** The number of a prompt that goes to the pool at once. Only while nothing waits here. */
  long numberForPool() {
    head++;
    return next++;
  }

  boolean isEmpty() {
    return prompts == 0;
  }

  /** Whether a prompt may come in; one that is larger than the whole bound may when none waits. */
  boolean admits(int moreRows, int moreBytes) {
    return bounds.maxSpilledRows() > 0
        && (prompts == 0
            || (rows + moreRows <= bounds.maxSpilledRows()
                && bytes + moreBytes <= bounds.maxSpilledBytes()));
  }

  /** Writes a prompt behind all others. */
  void append(PendingRequest request) {
    UnfinishedPrompt prompt = request.unfinished();
    store.put(key, next, prompt);
    prompts++;
    rows += request.open();
    bytes += prompt.getSerializedSize();
    if (request.deadlineUs() > 0) {
      deadlines.add(request.deadlineUs(), next);
    }
    if (segments.isEmpty() || segments.lastEntry().getValue() != request.segment) {
      segments.put(next, request.segment);
    }
    next++;
  }

  /** The prompt whose turn it is, or null where there is none, or none was found so soon. */
  UnfinishedPrompt first() {
    for (int looks = 0; first == null && prompts > 0 && looks < LOOKS_MAX; looks++) {
      if (head == next) {
        throw new IllegalStateException(prompts + " prompts of " + key + " are not in its state");
      }
      first = store.get(key, head);
      head += first == null ? 1 : 0;
    }
    return first;
  }

  /** The prompt whose turn it is, where it has been looked for already, or null. */
  UnfinishedPrompt known() {
    return first;
  }

  /** The number of {@link #first}. */
  long firstNumber() {
    return head;
  }

  /**
   * The prompt of a deadline that has passed, or null where that one has left already.
   *
   * @param number from {@link #pollPassed}
   */
  UnfinishedPrompt find(long number) {
    return number < head ? null : number == head ? first() : store.get(key, number);
  }

  /** Takes out the number of a prompt whose deadline has passed; -1 where there is none. */
  long pollPassed(long nowUs) {
    return deadlines.nextUs() <= nowUs ? deadlines.poll() : -1;
  }

  long nextDeadlineUs() {
    return deadlines.nextUs();
  }

  /** A prompt leaves for the pool. Its copy in state stays until it is answered. */
  HeldWatermarks.Segment leave(long number, UnfinishedPrompt prompt) {
    HeldWatermarks.Segment segment = segments.floorEntry(number).getValue();
    prompts--;
    rows -= openRows(prompt);
    bytes -= prompt.getSerializedSize();
    if (number == head) {
      head++;
      first = null;
    }
    if (prompts == 0) {
      head = next;
      deadlines.clear();
      segments.clear();
    }
    Map.Entry<Long, HeldWatermarks.Segment> passed = segments.lowerEntry(head);
    if (passed != null) {
      segments.headMap(passed.getKey()).clear();
    }
    return segment;
  }

  static int openRows(UnfinishedPrompt prompt) {
    return prompt.getPrompt().getRowsCount() - prompt.getFinishedCount();
  }

  long prompts() {
    return prompts;
  }

  long rows() {
    return rows;
  }

  long bytes() {
    return bytes;
  }

  /** What a checkpoint keeps of it. */
  void describe(WaitingLine.Builder line) {
    line.setHead(head)
        .setNext(next)
        .setPrompts(prompts)
        .setRows(rows)
        .setBytes(bytes)
        .setDeadlines(!deadlines.isEmpty());
  }
}
