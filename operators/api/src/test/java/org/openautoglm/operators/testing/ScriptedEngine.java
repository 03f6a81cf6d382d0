package org.openautoglm.operators.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.openautoglm.operators.inference.Cancellation;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelIdentity;
import org.openautoglm.schemas.wire.Output;

/**
 * An engine that does what a test tells it, and remembers what it was given. Unless told otherwise
 * it answers each row with an embedding of the row's tokens, so that a test can tell whose answer
 * it has. Thread-safe.
 */
public final class ScriptedEngine implements InferenceEngine {
  private final Device device;
  private final List<List<EngineRow>> batches = new CopyOnWriteArrayList<>();
  private volatile CancellableScript script = (rows, sink, cancellation) -> answerAll(rows, sink);
  private volatile ModelIdentity identity = new ModelIdentity("scripted", "1", "d1");
  private volatile int maxIndependentRows = Integer.MAX_VALUE;

  /** What happens when a batch runs. */
  @FunctionalInterface
  public interface Script {
    /** As {@link InferenceEngine#run}. */
    void run(List<EngineRow> rows, RowSink sink) throws Exception;
  }

  /** What happens when a batch runs that may be cancelled. */
  @FunctionalInterface
  public interface CancellableScript {
    /** As {@link InferenceEngine#run}. */
    void run(List<EngineRow> rows, RowSink sink, Cancellation cancellation) throws Exception;
  }

  public ScriptedEngine(Device device) {
    this.device = device;
  }

  /** Sets what happens from the next batch on. */
  public ScriptedEngine script(Script next) {
    return script((rows, sink, cancellation) -> next.run(rows, sink));
  }

  /** Sets what happens from the next batch on. */
  public ScriptedEngine script(CancellableScript next) {
    script = next;
    return this;
  }

  /** Sets which version of its model it is. */
  public ScriptedEngine version(String version, String digest) {
    identity = new ModelIdentity("scripted", version, digest);
    return this;
  }

  /** Sets how many rows leave each other alone. */
  public ScriptedEngine maxIndependentRows(int rows) {
    maxIndependentRows = rows;
    return this;
  }

  /** Answers every row. */
  public static void answerAll(List<EngineRow> rows, RowSink sink) {
    for (int i = 0; i < rows.size(); i++) {
      sink.complete(i, answer(rows.get(i)));
    }
  }

  /** The answer to a row: its tokens as numbers. */
  public static Output answer(EngineRow row) {
    Output.Builder output = Output.newBuilder();
    for (int token : row.tokens()) {
      output.addEmbedding(token);
    }
    return output.build();
  }

  /** The batches so far, each as the lengths of its rows. */
  public List<List<Integer>> batchLengths() {
    return batches.stream()
        .map(rows -> rows.stream().map(row -> row.tokens().length).toList())
        .toList();
  }

  /** The batches so far, each as the first tokens of its rows. */
  public List<List<Integer>> batchFirstTokens() {
    return batches.stream()
        .map(rows -> rows.stream().map(row -> row.tokens()[0]).toList())
        .toList();
  }

  /** Rows in all batches so far. */
  public int rowsRun() {
    return batches.stream().flatMapToInt(rows -> IntStream.of(rows.size())).sum();
  }

  @Override
  public ModelIdentity identity() {
    return identity;
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public int maxIndependentRows() {
    return maxIndependentRows;
  }

  @Override
  public void run(List<EngineRow> rows, RowSink sink) throws Exception {
    run(rows, sink, new Cancellation());
  }

  @Override
  public void run(List<EngineRow> rows, RowSink sink, Cancellation cancellation) throws Exception {
    batches.add(List.copyOf(rows));
    script.run(rows, sink, cancellation);
  }
}
