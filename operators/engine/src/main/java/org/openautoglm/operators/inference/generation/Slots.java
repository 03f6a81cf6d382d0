package org.openautoglm.operators.inference.generation;

/**
 * Which row has which slot. The lowest free slot is given first, so that the slots in use stay
 * together. Belongs to one decode thread.
 */
final class Slots {
  private final Row[] rows;
  private int used;

  Slots(int slots) {
    this.rows = new Row[slots];
  }

  int size() {
    return rows.length;
  }

  int used() {
    return used;
  }

  int free() {
    return rows.length - used;
  }

  /** The row in a slot, or null. */
  Row at(int slot) {
    return rows[slot];
  }

  /** The lowest free slot, or {@link #size} where all are used. */
  int lowestFree() {
    int slot = 0;
    while (slot < rows.length && rows[slot] != null) {
      slot++;
    }
    return slot;
  }

  /** The highest used slot, or -1. */
  int highestUsed() {
    int slot = rows.length - 1;
    while (slot >= 0 && rows[slot] == null) {
      slot--;
    }
    return slot;
  }

  void put(int slot, Row row) {
    if (rows[slot] != null) {
      throw new IllegalStateException("slot " + slot + " is used");
    }
    rows[slot] = row;
    used++;
  }

  void clear(int slot) {
    if (rows[slot] == null) {
      throw new IllegalStateException("slot " + slot + " is free");
    }
    rows[slot] = null;
    used--;
  }
}
