package org.openautoglm.operators.inference.generation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;

/**
 * Where rows arrive, from any thread, and are given to the batch that has the most slots free, so
 * that batches side by side are filled evenly. Rows for which no batch has a slot wait here, in the
 * order of their arrival. Thread-safe.
 */
final class Reception {
  private final int[] slotsOf;
  private final int waitingMax;
  private final int[] taken;

  /** How often a batch was given up and another took its place. */
  private final int[] turns;

  /** The rows that have a slot, by batch. */
  private final List<Set<Row>> inBatch = new ArrayList<>();

  private final List<Deque<Row>> arrived = new ArrayList<>();
  private final Deque<Row> waiting = new ArrayDeque<>();
  private Throwable closed;

  /**
   * @param slotsOf how many slots each batch has
   * @param waitingMax rows that may wait beyond them
   */
  Reception(int[] slotsOf, int waitingMax) {
    this.slotsOf = slotsOf.clone();
    this.waitingMax = waitingMax;
    this.taken = new int[slotsOf.length];
    this.turns = new int[slotsOf.length];
    for (int i = 0; i < slotsOf.length; i++) {
      arrived.add(new ArrayDeque<>());
      inBatch.add(Collections.newSetFromMap(new IdentityHashMap<>()));
    }
  }

  /**
   * Lets a row in.
   *
   * @throws RejectedExecutionException when too many wait, or all is closed
   */
  synchronized void arrive(Row row) {
    if (closed != null) {
      throw new RejectedExecutionException("the model is closed", closed);
    }
    int batch = emptiest();
    if (taken[batch] < slotsOf[batch]) {
      give(batch, row);
    } else if (waiting.size() < waitingMax) {
      waiting.addLast(row);
    } else {
      throw new RejectedExecutionException(
          String.format(Locale.ROOT, "%,d generations wait already; send fewer", waitingMax));
    }
  }

  /**
   * Takes the rows for a batch, and waits for one while there is none and the batch is idle.
   *
   * @param turn which of those that had this batch's place one after the other it is, from 0
   * @return the rows, at most as many as the batch has slots free; null when all is closed, or the
   *     batch was given up
   */
  synchronized List<Row> take(int batch, int turn, boolean isIdle) throws InterruptedException {
    Deque<Row> mine = arrived.get(batch);
    while (closed == null && turns[batch] == turn && isIdle && mine.isEmpty()) {
      wait();
    }
    if (closed != null || turns[batch] != turn) {
      return null;
    }
    List<Row> rows = List.copyOf(mine);
    mine.clear();
    return rows;
  }

  /** A row has left its batch: the longest waiting one gets its slot. */
  synchronized void left(int batch, int turn, Row row) {
    if (turns[batch] != turn) {
      return;
    }
    inBatch.get(batch).remove(row);
    taken[batch]--;
    if (closed == null && !waiting.isEmpty()) {
      give(batch, waiting.removeFirst());
    }
  }

  /**
   * A batch does not come back: it gets no more rows, and what it reports does not count.
   *
   * @return the rows that it had
   */
  synchronized List<Row> giveUp(int batch) {
    List<Row> rows = new ArrayList<>(inBatch.get(batch));
    inBatch.get(batch).clear();
    arrived.get(batch).clear();
    taken[batch] = slotsOf[batch];
    turns[batch]++;
    notifyAll();
    return rows;
  }

  /** Another batch has taken the place of one that was given up. */
  synchronized void reopen(int batch) {
    taken[batch] = 0;
    while (closed == null && !waiting.isEmpty() && taken[batch] < slotsOf[batch]) {
      give(batch, waiting.removeFirst());
    }
  }

  /** The turn that a batch's place has come to. */
  synchronized int turn(int batch) {
    return turns[batch];
  }

  /** Ends the rows that wait in vain: late ones, and those that nobody wants any more. */
  void dismiss(long nowNanos, GenerationCounters counters) {
    List<Row> late = new ArrayList<>();
    synchronized (this) {
      for (Iterator<Row> rows = waiting.iterator(); rows.hasNext(); ) {
        Row row = rows.next();
        if (row.isAbandoned()) {
          counters.cancelled.increment();
          rows.remove();
        } else if (row.isLate(nowNanos)) {
          counters.late.increment();
          rows.remove();
          late.add(row);
        }
      }
    }
    late.forEach(row -> row.fail(new DeadlineExceededException(0)));
  }

  /** Lets nobody in any more, and ends everybody who is in no batch yet. */
  void close(Throwable reason) {
    List<Row> left = new ArrayList<>();
    synchronized (this) {
      if (closed == null) {
        closed = reason;
      }
      left.addAll(waiting);
      waiting.clear();
      for (Deque<Row> rows : arrived) {
        left.addAll(rows);
        rows.clear();
      }
      notifyAll();
    }
    left.forEach(row -> row.fail(reason));
  }

  /** Rows that wait for a slot. */
  synchronized int waiting() {
    return waiting.size();
  }

  /** Slots that are given to rows, of all batches. */
  synchronized int taken() {
    return Arrays.stream(taken).sum();
  }

  private void give(int batch, Row row) {
    taken[batch]++;
    inBatch.get(batch).add(row);
    arrived.get(batch).addLast(row);
    notifyAll();
  }

  private int emptiest() {
    int best = 0;
    for (int i = 1; i < taken.length; i++) {
      if (slotsOf[i] - taken[i] > slotsOf[best] - taken[best]) {
        best = i;
      }
    }
    return best;
  }
}
