package org.openautoglm.operators.batching;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.openautoglm.operators.inference.InferenceEngine.RowSink;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.RowOutcome;
import org.openautoglm.schemas.wire.Error;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.RowAudit;

/**
 * Makes completions of what happens to the rows of one batch, and keeps the engine to its contract:
 * each row once. The lane's thread.
 *
 * <p>Here text generation hands over rows that end long before their neighbours: every report goes
 * to the task thread at once.
 */
final class RowReports implements RowSink {
  private final BatchRun batch;
  private final Consumer<Completion> completions;
  private final long startedUs;
  private final long startedNanos = System.nanoTime();

  // The present run.
  private String runId = "";
  private List<Row> rows = List.of();
  private boolean[] reported = {};
  private int paddedTokens;
  private int runsInBatch;
  private Throwable violation;

  RowReports(BatchRun batch, long startedUs, Consumer<Completion> completions) {
    this.batch = batch;
    this.startedUs = startedUs;
    this.completions = completions;
  }

  /** A run begins, the so-manieth of these rows in this batch. */
  void begin(String id, List<Row> rowsOfRun, int runNumber) {
    runId = id;
    rows = rowsOfRun;
    reported = new boolean[rowsOfRun.size()];
    runsInBatch = runNumber;
    int longest = 0;
    for (Row row : rowsOfRun) {
      longest = Math.max(longest, row.length());
    }
    paddedTokens = longest * rowsOfRun.size();
  }

  /** An answer. */
  @Override
  public void complete(int position, Output output) {
    if (position < 0 || position >= reported.length || reported[position]) {
      violation = new IllegalStateException("the engine reported row " + position + " wrongly");
      return;
    }
    reported[position] = true;
    Row row = rows.get(position);
    int index = row.prepared().getIndex();
    Output indexed =
        output.getIndex() == index ? output : output.toBuilder().setIndex(index).build();
    end(row, RowOutcome.newBuilder().setOutput(indexed), "");
  }

  /** How the engine broke its contract, or null. */
  Throwable violation() {
    return violation;
  }

  /** The rows of this run that have no answer. */
  List<Row> unanswered() {
    List<Row> unanswered = new ArrayList<>();
    for (int i = 0; i < reported.length; i++) {
      if (!reported[i]) {
        unanswered.add(rows.get(i));
      }
    }
    return unanswered;
  }

  /** Ends rows whose time is up; returns the others. */
  List<Row> endOverdue(List<Row> candidates, long nowUs) {
    List<Row> inTime = new ArrayList<>(candidates.size());
    for (Row row : candidates) {
      long deadlineUs = row.request().deadlineUs();
      if (deadlineUs == 0 || deadlineUs > nowUs) {
        inTime.add(row);
      } else {
        Error error = FailureCode.DEADLINE_EXCEEDED.error(RowFailure.deadline(row));
        end(row, RowOutcome.newBuilder().setError(error), error.getCode());
      }
    }
    return inTime;
  }

  /** Ends a row without an answer. */
  void fail(Row row, FailureCode code, Throwable cause) {
    Error error = code.error(RowFailure.message(row, cause));
    end(row, RowOutcome.newBuilder().setError(error), error.getCode());
  }

  /** Gives a row back that did not come to run. */
  void putBack(Row row) {
    completions.accept(new Completion.RowPutBack(batch, row));
  }

  /** Leaves a row for another attempt. */
  void failForNow(Row row, FailureCode code, Throwable cause, boolean suspect) {
    completions.accept(
        new Completion.RowFailedForNow(
            batch,
            row,
            code,
            RowFailure.message(row, cause),
            audit(row, code.name()),
            elapsedUs(),
            suspect));
  }

  private void end(Row row, RowOutcome.Builder outcome, String failure) {
    RowOutcome ended =
        outcome
            .setIndex(row.prepared().getIndex())
            .setRun(audit(row, failure))
            .setWindowUs(Math.max(0, startedUs - row.enteredUs() - row.inferenceUs()))
            .setInferenceUs(row.inferenceUs() + elapsedUs())
            .build();
    completions.accept(new Completion.RowEnded(batch, row, ended));
  }

  private RowAudit audit(Row row, String failure) {
    return RowAudit.newBuilder()
        .setIndex(row.prepared().getIndex())
        .setBatchId(runId)
        .setDevice(batch.engine().device().name())
        .setBatchRows(rows.size())
        .setTokens(row.tokens())
        .setPaddedTokens(paddedTokens)
        .setAttempts(row.runs() + runsInBatch)
        .setFailure(failure)
        .build();
  }

  long elapsedUs() {
    return (System.nanoTime() - startedNanos) / 1_000;
  }
}
