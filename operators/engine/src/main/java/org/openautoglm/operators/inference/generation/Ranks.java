package org.openautoglm.operators.inference.generation;

/**
 * Keeps the slots in use together at the low end, where the decoder moves rows. Belongs to one
 * decode thread.
 */
final class Ranks {
  private final Decoder decoder;
  private final Slots slots;
  private final GenerationCounters counters;
  private boolean mayMove = true;

  Ranks(Decoder decoder, Slots slots, GenerationCounters counters) {
    this.decoder = decoder;
    this.slots = slots;
    this.counters = counters;
  }

  /**
   * Moves the row of the highest slot to the lowest free one: at most one in a step, since a copy
   * costs time and a step across a hole costs little more.
   */
  void close() {
    int from = slots.highestUsed();
    int to = slots.lowestFree();
    if (!mayMove || to >= from) {
      return;
    }
    mayMove = decoder.move(from, to);
    if (mayMove) {
      Row row = slots.at(from);
      slots.clear(from);
      slots.put(to, row);
      row.slot = to;
      counters.moves.increment();
    }
  }
}
