package org.openautoglm.operators.batching;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.openautoglm.operators.inference.DeviceUnavailableException;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.FailureClassifier;
import org.openautoglm.operators.inference.FaultLog;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ProcessFaults;
import org.openautoglm.operators.inference.Tokens;
import org.openautoglm.operators.suspects.Suspects;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.wire.Coordinates;
import org.openautoglm.schemas.wire.InferenceRequest;

/**
 * One batch on a lane, with whatever it takes to give each of its rows an end or another chance. A
 * lane's thread calls {@link #run}; every row is reported exactly once, and then the batch.
 *
 * <p>What a failure does:
 *
 * <ul>
 *   <li>MODEL_FAILURE: the rows without an answer run again in two halves, until the row that fails
 *       stands alone; it alone fails.
 *   <li>DEVICE_OUT_OF_MEMORY: likewise in halves; a row that does not fit alone is left for another
 *       attempt later.
 *   <li>MODEL_UNAVAILABLE: all rows without an answer are left for another attempt later. Those of
 *       a run that took too long are run alone then, for one of them may be to blame.
 *   <li>INTERNAL: what Java code threw. As MODEL_FAILURE, for a row that makes it throw would do so
 *       after every restart, too; it is logged with its record's coordinates.
 *   <li>Any other code: the rows without an answer fail.
 *   <li>A fault of the process, such as memory that ran out, or an engine that breaks its contract:
 *       the batch's fault, which fails the job; rows without an answer are not reported, for they
 *       run again after the restore.
 * </ul>
 *
 * <p>Rows that were answered before a failure keep their answers. A row whose deadline has passed
 * does not take part in a second run.
 *
 * <p>A batch that nobody wants any more ends without a report of its rows. Of one that was given up
 * the task thread takes no report after that: it has taken the rows back.
 */
final class BatchRun implements Runnable {
  private static final int TIMEOUTS_MAX = 2;

  private final String id;
  private final Window window;
  private final EngineSlot slot;
  private final EngineSlot.InFlight inFlight;
  private final Batch batch;
  private final FailureClassifier classifier;
  private final LongSupplier clock;
  private final Consumer<Completion> completions;
  private final Suspects suspects;
  private final RunGuard guard;
  private final ArrayDeque<Segment> segments = new ArrayDeque<>();
  private final long createdNanos = System.nanoTime();

  /** The rows of the present run, for whoever gives it up. */
  private volatile List<Row> running = List.of();

  private volatile Suspects.Hand hand;

  private int timeoutsInARow;
  private int runs;
  private int splits;
  private boolean clean = true;

  /** Whether rows were taken back from it; the task thread's. */
  private boolean deprived;

  /** Rows that run together, and how often they ran in this batch before. */
  private record Segment(List<Row> rows, int runsBefore) {}

  BatchRun(
      String id,
      Window window,
      EngineSlot slot,
      EngineSlot.InFlight inFlight,
      Batch batch,
      FailureClassifier classifier,
      LongSupplier clock,
      Consumer<Completion> completions,
      Suspects suspects) {
    this.id = id;
    this.window = window;
    this.slot = slot;
    this.inFlight = inFlight;
    this.batch = batch;
    this.classifier = classifier;
    this.clock = clock;
    this.completions = completions;
    this.suspects = suspects;
    this.guard = new RunGuard(slot.engine(), slot.runTimeoutMs(), this::givenUp);
  }

  RunGuard guard() {
    return guard;
  }

  private void givenUp() {
    hand.abandon();
    long elapsedUs = (System.nanoTime() - createdNanos) / 1_000;
    completions.accept(new Completion.BatchGivenUp(this, running, elapsedUs));
  }

  /** Takes back a row that this batch has. The task thread. */
  void deprive(Row row) {
    deprived = true;
    row.run = null;
  }

  /** Whether it may report rows that it does not have any more. The task thread. */
  boolean isDeprived() {
    return deprived;
  }

  /** Whether it still has a row. The task thread. */
  boolean hasRows() {
    for (Row row : batch.rows()) {
      if (row.run == this) {
        return true;
      }
    }
    return false;
  }

  String id() {
    return id;
  }

  Window window() {
    return window;
  }

  EngineSlot slot() {
    return slot;
  }

  EngineSlot.InFlight inFlight() {
    return inFlight;
  }

  Batch batch() {
    return batch;
  }

  @Override
  public void run() {
    RowReports reports = new RowReports(this, clock.getAsLong(), completions);
    Throwable fault = null;
    try {
      prepareSegments(reports);
      while (!segments.isEmpty() && fault == null) {
        fault = run(segments.pop(), reports);
      }
    } catch (Throwable t) { // Not to be lost on a thread that nobody watches.
      fault = t;
    }
    if (!guard.isGivenUp()) {
      completions.accept(
          new Completion.BatchEnded(this, reports.elapsedUs(), splits, clean, fault));
    }
  }

  /**
   * Rows that took too long before, or were in hand when the process ended, run alone, after all
   * others; those that have ended it too often do not run at all.
   */
  private void prepareSegments(RowReports reports) {
    List<Row> together = new ArrayList<>(batch.rows().size());
    for (Row row : batch.rows()) {
      Coordinates source = row.request().prompt().getOrigin().getSource();
      if (suspects.convicts(source)) {
        clean = false;
        reports.begin(id, List.of(row), 0);
        reports.fail(row, FailureCode.INTERNAL, new Exception(Suspects.VERDICT));
      } else if (row.isSuspect() || suspects.suspects(source)) {
        clean = false;
        segments.push(new Segment(List.of(row), 0));
      } else {
        together.add(row);
      }
    }
    if (!together.isEmpty()) {
      segments.push(new Segment(together, 0));
    }
  }

  /** Runs a segment once. Returns what must fail the job, or null. */
  private Throwable run(Segment segment, RowReports reports) {
    if (guard.isUnwanted()) {
      return null;
    }
    List<Row> rows =
        segment.runsBefore() == 0
            ? segment.rows()
            : reports.endOverdue(segment.rows(), clock.getAsLong());
    if (rows.isEmpty()) {
      return null;
    }
    runs++;
    reports.begin(runs == 1 ? id : id + "." + runs, rows, segment.runsBefore() + 1);
    running = rows;
    Throwable thrown = null;
    try (Suspects.Hand taken = suspects.take(records(rows))) {
      hand = taken;
      clean &= !taken.hasWaited();
      thrown = runOnEngine(rows, reports);
      taken.failed(thrown);
    } catch (InterruptedException e) {
      thrown = e;
    }
    if (guard.isGivenUp() || guard.isUnwanted()) {
      clean = false;
      segments.clear();
      return null;
    }
    List<Row> unanswered = reports.unanswered();
    if (reports.violation() != null) {
      return reports.violation();
    }
    if (thrown == null) {
      timeoutsInARow = 0;
      return unanswered.isEmpty()
          ? null
          : new IllegalStateException("the engine left rows without a report");
    }
    clean = false;
    return afterFailure(thrown, unanswered, rows.size() == 1, segment.runsBefore() + 1, reports);
  }

  private Throwable afterFailure(
      Throwable thrown, List<Row> unanswered, boolean alone, int ran, RowReports reports) {
    if (thrown instanceof DeviceUnavailableException unavailable) {
      unavailable(unavailable, unanswered, reports);
      return null;
    }
    if (ProcessFaults.includes(thrown)) {
      return thrown;
    }
    FailureCode code = thrown instanceof Error ? FailureCode.INTERNAL : classifier.classify(thrown);
    switch (code) {
      case MODEL_FAILURE, DEVICE_OUT_OF_MEMORY, INTERNAL -> {
        if (!alone) {
          split(unanswered, ran);
        } else if (code == FailureCode.DEVICE_OUT_OF_MEMORY) {
          unanswered.forEach(row -> reports.failForNow(row, code, thrown, false));
        } else {
          unanswered.forEach(row -> fail(row, code, thrown, reports));
        }
        return null;
      }
      case MODEL_UNAVAILABLE -> {
        unanswered.forEach(row -> reports.failForNow(row, code, thrown, false));
        // The other parts of the batch would only find the same.
        for (Segment other : segments) {
          other.rows().forEach(row -> reports.failForNow(row, code, thrown, false));
        }
        segments.clear();
        return null;
      }
      default -> {
        unanswered.forEach(row -> reports.fail(row, code, thrown));
        return null;
      }
    }
  }

  /** Another run may be well, but not a third one, which would only wait as long again. */
  private void unavailable(
      DeviceUnavailableException thrown, List<Row> unanswered, RowReports reports) {
    FailureCode code = FailureCode.MODEL_UNAVAILABLE;
    unanswered.forEach(row -> reports.failForNow(row, code, thrown, thrown.timedOut()));
    if (thrown.timedOut() && ++timeoutsInARow < TIMEOUTS_MAX) {
      return;
    }
    for (Segment other : segments) {
      if (thrown.timedOut()) {
        other.rows().forEach(reports::putBack);
      } else {
        other.rows().forEach(row -> reports.failForNow(row, code, thrown, false));
      }
    }
    segments.clear();
  }

  private static void fail(Row row, FailureCode code, Throwable thrown, RowReports reports) {
    if (code == FailureCode.INTERNAL) {
      FaultLog.record(
          row.request().prompt().getOrigin().getSource(),
          "running input " + row.prepared().getIndex(),
          thrown);
    }
    reports.fail(row, code, thrown);
  }

  private void split(List<Row> rows, int runsBefore) {
    if (rows.isEmpty()) {
      return;
    }
    splits++;
    int half = rows.size() / 2;
    segments.push(new Segment(rows.subList(half, rows.size()), runsBefore));
    if (half > 0) {
      segments.push(new Segment(rows.subList(0, half), runsBefore));
    }
  }

  private Throwable runOnEngine(List<Row> rows, RowReports reports) {
    try {
      guard.run(engineRows(rows), reports);
      return null;
    } catch (Throwable t) {
      return t;
    }
  }

  private static long[] records(List<Row> rows) {
    long[] records = new long[rows.size()];
    for (int i = 0; i < records.length; i++) {
      records[i] = Suspects.id(rows.get(i).request().prompt().getOrigin().getSource());
    }
    return records;
  }

  private static List<EngineRow> engineRows(List<Row> rows) {
    List<EngineRow> engineRows = new ArrayList<>(rows.size());
    for (Row row : rows) {
      int[] tokens = Tokens.unpack(row.prepared().getTokens());
      InferenceRequest request = row.request().prompt().getRequest();
      engineRows.add(
          new EngineRow(
              tokens,
              request.getParameters(),
              request.getTemperature(),
              row.request().deadlineUs(),
              request.getRequestId(),
              row.prepared().getIndex()));
    }
    return engineRows;
  }

  InferenceEngine engine() {
    return slot.engine();
  }
}
