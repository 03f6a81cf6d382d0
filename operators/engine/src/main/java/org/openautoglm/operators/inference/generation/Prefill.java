package org.openautoglm.operators.inference.generation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * Decides which prompts are read before the next decode step, so that reading costs those who are
 * being answered no more than a budget of padded tokens each time (Sarathi-Serve, Agrawal et al.,
 * 2024). Short prompts are read together. Long ones are read in parts, taking turns with those that
 * came later, so that a short prompt never waits for all of a long one. Where a prompt is cut
 * depends on its length alone, not on its company, so that its row stays what it is alone.
 *
 * <p>Belongs to one decode thread.
 */
final class Prefill {
  private final Decoder decoder;
  private final int budget;
  private final Deque<Row> unread = new ArrayDeque<>();
  private int left;

  Prefill(Decoder decoder, int budget) {
    this.decoder = decoder;
    this.budget = budget;
  }

  /** Adds a row whose prompt, or the rest of it, is to be read. */
  void add(Row row) {
    unread.addLast(row);
  }

  void remove(Row row) {
    unread.remove(row);
  }

  /** Begins with a fresh budget. */
  void begin() {
    left = budget;
  }

  /** What of a row's prompt is read at once. */
  PromptChunk chunk(Row row) {
    return row.nextChunk(isCut(row) ? budget : Integer.MAX_VALUE);
  }

  /**
   * The rows to be read next in one call, none of which wait here any more; empty when the budget
   * is used up. The first prompt is read whatever it costs.
   */
  List<Row> next() {
    List<Row> group = new ArrayList<>();
    Row first = unread.peekFirst();
    if (first == null) {
      return group;
    }
    int longest = chunk(first).length();
    if (longest > left && left < budget) {
      return group;
    }
    group.add(unread.removeFirst());
    if (!isCut(first)) {
      Iterator<Row> others = unread.iterator();
      while (others.hasNext() && group.size() < decoder.prefillRowsMax()) {
        Row other = others.next();
        int length = Math.max(longest, other.unread());
        if (!isCut(other) && (long) length * (group.size() + 1) <= left) {
          group.add(other);
          longest = length;
          others.remove();
        }
      }
    }
    left -= Math.min(left, longest * group.size());
    return group;
  }

  private boolean isCut(Row row) {
    return decoder.readsInChunks() && row.request.prompt().length > budget;
  }
}
