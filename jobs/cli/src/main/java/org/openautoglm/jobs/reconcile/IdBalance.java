package org.openautoglm.jobs.reconcile;

/**
 * A count for each request id, kept by a hash of 64 bits: 12 to 24 bytes an id. Two ids of one hash
 * share their count, which among a million is one chance in thirty million. Belongs to one thread.
 */
final class IdBalance {
  private static final int FIRST_SIZE = 1 << 12;

  private long[] hashes = new long[FIRST_SIZE];
  private int[] counts = new int[FIRST_SIZE];
  private int used;

  /** Adds to the count of an id; its new value. */
  int add(byte[] id, int delta) {
    if (used * 2 > hashes.length) {
      grow();
    }
    int slot = slot(hashes, hash(id));
    if (hashes[slot] == 0) {
      hashes[slot] = hash(id);
      used++;
    }
    counts[slot] += delta;
    return counts[slot];
  }

  /** The count of an id. */
  int get(byte[] id) {
    return counts[slot(hashes, hash(id))];
  }

  private void grow() {
    long[] moreHashes = new long[hashes.length * 2];
    int[] moreCounts = new int[moreHashes.length];
    for (int i = 0; i < hashes.length; i++) {
      if (hashes[i] != 0) {
        int slot = slot(moreHashes, hashes[i]);
        moreHashes[slot] = hashes[i];
        moreCounts[slot] = counts[i];
      }
    }
    hashes = moreHashes;
    counts = moreCounts;
  }

  private static int slot(long[] hashes, long hash) {
    int slot = (int) (hash >>> 32) & (hashes.length - 1);
    while (hashes[slot] != 0 && hashes[slot] != hash) {
      slot = (slot + 1) & (hashes.length - 1);
    }
    return slot;
  }

  /** FNV-1a with a last mix; never 0, which marks what is free. */
  private static long hash(byte[] id) {
    long hash = 0xcbf29ce484222325L;
    for (byte each : id) {
      hash = (hash ^ (each & 0xff)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    hash ^= hash >>> 29;
    return hash == 0 ? 1 : hash;
  }
}
