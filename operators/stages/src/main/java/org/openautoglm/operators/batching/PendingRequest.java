package org.openautoglm.operators.batching;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.openautoglm.operators.inference.ModelIdentity;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.RowAttempts;
import org.openautoglm.schemas.flow.RowOutcome;
import org.openautoglm.schemas.flow.UnfinishedPrompt;

/** A request some of whose rows have not ended. Belongs to the task thread. */
final class PendingRequest {
  private final PreparedPrompt prompt;
  private final long enteredUs;
  private final long sequence;
  private final Row[] rows;
  private final RowOutcome[] outcomes;
  private final int bytes;
  private int open;
  private String modelVersion = "";
  private String modelDigest = "";

  /** What to hold back until this request is answered; the operator's. */
  HeldWatermarks.Segment segment;

  // Its place in the window's state, and whether what lies there is what is here.
  long number = -1;
  private boolean inState;
  private boolean changed = true;

  // The window's links: its unfinished requests in the order of their arrival.
  Window window;
  PendingRequest earlier;
  PendingRequest later;

  private PendingRequest(PreparedPrompt prompt, long enteredUs, long sequence) {
    this.prompt = prompt;
    this.enteredUs = enteredUs;
    this.sequence = sequence;
    this.rows = new Row[prompt.getRowsCount()];
    this.outcomes = new RowOutcome[rows.length];
    this.bytes = prompt.getSerializedSize();
    this.open = rows.length;
  }

  /** A request that has just come through the door; refused inputs have ended already. */
  static PendingRequest arriving(PreparedPrompt prompt, long nowUs, LongSupplier sequence) {
    PendingRequest request = new PendingRequest(prompt, nowUs, sequence.getAsLong());
    for (int slot = 0; slot < request.rows.length; slot++) {
      if (prompt.getRows(slot).hasError()) {
        request.outcomes[slot] = refused(prompt, slot);
        request.open--;
      } else {
        request.rows[slot] = new Row(request, slot, sequence.getAsLong(), 0);
      }
    }
    return request;
  }

  private static RowOutcome refused(PreparedPrompt prompt, int slot) {
    return RowOutcome.newBuilder()
        .setIndex(prompt.getRows(slot).getIndex())
        .setError(prompt.getRows(slot).getError())
        .build();
  }

  /** A request from a checkpoint: finished rows stay finished, all others wait. */
  static PendingRequest restored(UnfinishedPrompt state, LongSupplier sequence) {
    PreparedPrompt prompt = state.getPrompt();
    PendingRequest request = new PendingRequest(prompt, state.getEnteredUs(), sequence.getAsLong());
    request.modelVersion = state.getModelVersion();
    request.modelDigest = state.getModelDigest();
    Map<Integer, RowOutcome> finished = new HashMap<>();
    state.getFinishedList().forEach(outcome -> finished.put(outcome.getIndex(), outcome));
    Map<Integer, Integer> failed = new HashMap<>();
    state.getAttemptsList().forEach(row -> failed.put(row.getIndex(), row.getFailed()));
    for (int slot = 0; slot < request.rows.length; slot++) {
      int index = prompt.getRows(slot).getIndex();
      request.outcomes[slot] = finished.get(index);
      if (request.outcomes[slot] != null) {
        request.open--;
        continue;
      }
      request.rows[slot] =
          new Row(request, slot, sequence.getAsLong(), failed.getOrDefault(index, 0));
    }
    return request;
  }

  PreparedPrompt prompt() {
    return prompt;
  }

  long enteredUs() {
    return enteredUs;
  }

  long sequence() {
    return sequence;
  }

  /** What it takes on the heap and in state, roughly: its size on the network. */
  int bytes() {
    return bytes;
  }

  /** There is a copy in state. */
  boolean isInState() {
    return inState;
  }

  /** A checkpoint needs a new copy: there is none yet, or what it says is not true any more. */
  boolean isChanged() {
    return changed;
  }

  void writtenToState() {
    inState = true;
    changed = false;
  }

  /** When its time is up, microseconds since the epoch; 0 for never. */
  long deadlineUs() {
    return prompt.getDeadlineUs();
  }

  int rowCount() {
    return rows.length;
  }

  /** The row at a place, or null where it had ended before it came here. */
  Row row(int slot) {
    return rows[slot];
  }

  /** The outcome at a place, or null while the row has not ended. */
  RowOutcome outcome(int slot) {
    return outcomes[slot];
  }

  /** Rows that have not ended. */
  int open() {
    return open;
  }

  boolean isAnswered() {
    return open == 0;
  }

  /** Takes a row's end. A second end of the same row is a fault of this job and fails it. */
  void end(Row row, RowOutcome outcome) {
    if (row.place == Row.Place.ENDED) {
      throw new IllegalStateException(
          "input " + outcome.getIndex() + " of " + prompt.getRequest().getRequestId() + " twice");
    }
    row.place = Row.Place.ENDED;
    changed = true;
    outcomes[row.slot()] = outcome;
    open--;
  }

  /**
   * Notes which model ran a row. Where another version of it ran others before, they keep its
   * digest with them.
   */
  void answeredBy(ModelIdentity model) {
    changed = true;
    if (!modelDigest.isEmpty() && !modelDigest.equals(model.digest())) {
      keepDigest();
    }
    modelVersion = model.version();
    modelDigest = model.digest();
  }

  private void keepDigest() {
    for (int slot = 0; slot < outcomes.length; slot++) {
      RowOutcome outcome = outcomes[slot];
      if (outcome != null && outcome.hasRun() && outcome.getRun().getModelDigest().isEmpty()) {
        outcomes[slot] =
            outcome.toBuilder()
                .setRun(outcome.getRun().toBuilder().setModelDigest(modelDigest))
                .build();
      }
    }
  }

  AnsweredPrompt answer() {
    AnsweredPrompt.Builder answer =
        AnsweredPrompt.newBuilder()
            .setPrompt(prompt)
            .setModelVersion(modelVersion)
            .setModelDigest(modelDigest);
    for (RowOutcome outcome : outcomes) {
      answer.addOutcomes(outcome);
    }
    return answer.build();
  }

  /** This request as it goes into a checkpoint. Rows on a device count as not yet run. */
  UnfinishedPrompt unfinished() {
    UnfinishedPrompt.Builder state =
        UnfinishedPrompt.newBuilder()
            .setPrompt(prompt)
            .setEnteredUs(enteredUs)
            .setModelVersion(modelVersion)
            .setModelDigest(modelDigest);
    for (int slot = 0; slot < rows.length; slot++) {
      if (outcomes[slot] != null) {
        state.addFinished(outcomes[slot]);
      } else if (rows[slot].failed() > 0) {
        state.addAttempts(
            RowAttempts.newBuilder()
                .setIndex(prompt.getRows(slot).getIndex())
                .setFailed(rows[slot].failed()));
      }
    }
    return state.build();
  }
}
