package org.openautoglm.operators.inference;

import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.openautoglm.schemas.wire.Output;

/**
 * One model on one device: the port behind which a runtime stands.
 *
 * <p>Engines are shared by every subtask of a process and are thread-safe: {@link #run} is called
 * by as many threads as the {@link Device} has lanes. A caller holds the engine through an {@link
 * EngineLease} and never closes it itself.
 */
public interface InferenceEngine {

  /** What ran, for the audit. */
  ModelIdentity identity();

  /** Where this engine runs; its lanes bound the concurrent calls of {@link #run}. */
  Device device();

  /**
   * The most rows of one batch that do not change each other's answers: {@link Integer#MAX_VALUE}
   * for a well-behaved model, 1 for one whose answers were seen to depend on their neighbours.
   */
  int maxIndependentRows();

  /**
   * Runs rows together and reports each exactly once, in any order and possibly long before the
   * call returns.
   *
   * @param rows at least one row
   * @param sink takes each row's answer; called by this thread
   * @throws Exception when the rows not yet reported have no answer; {@link FailureClassifier} says
   *     what that means
   */
  void run(List<EngineRow> rows, RowSink sink) throws Exception;

  /**
   * As {@link #run(List, RowSink)}, and ends early where it can when that is cancelled: what is
   * then not reported has no answer, and what is thrown means nothing.
   */
  default void run(List<EngineRow> rows, RowSink sink, Cancellation cancellation) throws Exception {
    run(rows, sink);
  }

  /**
   * Whether a call of run may take as long as it likes, because the engine itself watches the steps
   * that it consists of.
   */
  default boolean watchesItsSteps() {
    return false;
  }

  /** A call of run does not end and is left to itself; others must not depend on it. Any thread. */
  default void gaveUp() {}

  /**
   * What is to be seen of this engine while it runs, such as the use of its memory: numbers by
   * name, read at any time by any thread.
   */
  default Map<String, LongSupplier> gauges() {
    return Map.of();
  }

  /** Takes the answers of a batch, row by row. */
  @FunctionalInterface
  interface RowSink {
    /**
     * Takes one row's answer.
     *
     * @param position the row's place in the batch, from 0
     * @param output its answer; the index is filled in by whoever knows the request
     */
    void complete(int position, Output output);
  }
}
