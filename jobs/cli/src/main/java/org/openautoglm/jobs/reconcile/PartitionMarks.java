package org.openautoglm.jobs.reconcile;

import java.util.ArrayList;
import java.util.List;

/**
 * What was seen of each offset of one partition of prompts, one byte an offset: whether a record is
 * there, how many outcomes and audit events name it (3 stands for 3 and more). Belongs to one
 * thread.
 */
final class PartitionMarks {
  private static final int CHUNK = 1 << 16;
  private static final int PRESENT = 1;
  private static final int REPUBLISHED = 2;
  private static final int REPUBLICATION = 4;
  private static final int SKIPPED = 8;
  private static final int OUTCOME_SHIFT = 4;
  private static final int AUDIT_SHIFT = 6;
  private static final int MANY = 3;

  private final long from;
  private final List<byte[]> chunks = new ArrayList<>();
  private long next;

  PartitionMarks(long from) {
    this.from = from;
    next = from;
  }

  /** The first offset that is marked. */
  long from() {
    return from;
  }

  /** Behind the last offset that has a mark. */
  long next() {
    return next;
  }

  /** There is a record. */
  void present(long offset) {
    set(offset, PRESENT);
  }

  /** A result or a dead letter names it. */
  void outcome(long offset) {
    count(offset, OUTCOME_SHIFT);
  }

  /** An audit event names it. */
  void audit(long offset) {
    count(offset, AUDIT_SHIFT);
  }

  /** Its audit event says that it was passed over, with neither a result nor a dead letter. */
  void skipped(long offset) {
    set(offset, SKIPPED);
  }

  /** It was published again. */
  void republished(long offset) {
    set(offset, REPUBLISHED);
  }

  /** It stands for another that was published again. */
  void republication(long offset) {
    set(offset, REPUBLICATION);
  }

  boolean isPresent(long offset) {
    return (mark(offset) & PRESENT) != 0;
  }

  boolean isSkipped(long offset) {
    return (mark(offset) & SKIPPED) != 0;
  }

  boolean isRepublished(long offset) {
    return (mark(offset) & REPUBLISHED) != 0;
  }

  boolean isRepublication(long offset) {
    return (mark(offset) & REPUBLICATION) != 0;
  }

  /** 0 to 3, which stands for more, too. */
  int outcomes(long offset) {
    return (mark(offset) >> OUTCOME_SHIFT) & MANY;
  }

  /** 0 to 3, which stands for more, too. */
  int audits(long offset) {
    return (mark(offset) >> AUDIT_SHIFT) & MANY;
  }

  /** Behind the last offset that has an outcome or an audit event; {@link #from} where none has. */
  long behindLastEnded() {
    for (long offset = next - 1; offset >= from; offset--) {
      if ((mark(offset) >> OUTCOME_SHIFT) != 0) {
        return offset + 1;
      }
    }
    return from;
  }

  private int mark(long offset) {
    if (offset < from || offset >= next) {
      return 0;
    }
    long index = offset - from;
    byte[] chunk = chunks.get((int) (index / CHUNK));
    return chunk == null ? 0 : chunk[(int) (index % CHUNK)] & 0xff;
  }

  private void set(long offset, int bits) {
    chunk(offset)[(int) ((offset - from) % CHUNK)] |= (byte) bits;
  }

  private void count(long offset, int shift) {
    if (((mark(offset) >> shift) & MANY) < MANY) {
      chunk(offset)[(int) ((offset - from) % CHUNK)] += (byte) (1 << shift);
    }
  }

  private byte[] chunk(long offset) {
    int index = (int) ((offset - from) / CHUNK);
    while (chunks.size() <= index) {
      chunks.add(null);
    }
    if (chunks.get(index) == null) {
      chunks.set(index, new byte[CHUNK]);
    }
    next = Math.max(next, offset + 1);
    return chunks.get(index);
  }
}
