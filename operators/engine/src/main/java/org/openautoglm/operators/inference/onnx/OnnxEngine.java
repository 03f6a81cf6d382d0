package org.openautoglm.operators.inference.onnx;

import java.util.ArrayList;
import java.util.List;
import org.openautoglm.operators.inference.Cancellation;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.ModelIdentity;
import org.openautoglm.schemas.wire.Output;

/**
 * An encoder model on one device. Thread-safe; a row's answer does not depend on its neighbours as
 * long as batches have at most {@link #maxIndependentRows} rows. A row whose answer is not finite
 * fails alone: its neighbours are reported before {@link #run} throws.
 */
final class OnnxEngine implements LoadedEngine {
  private final ModelIdentity identity;
  private final Device device;
  private final EncoderSession session;
  private final AnswerHead head;
  private final int maxIndependentRows;
  private volatile boolean gaveUp;

  OnnxEngine(
      ModelIdentity identity,
      Device device,
      EncoderSession session,
      AnswerHead head,
      int maxIndependentRows) {
    this.identity = identity;
    this.device = device;
    this.session = session;
    this.head = head;
    this.maxIndependentRows = maxIndependentRows;
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
    List<int[]> tokens = new ArrayList<>(rows.size());
    for (EngineRow row : rows) {
      tokens.add(row.tokens());
    }
    RawOutput raw = session.run(tokens, cancellation);
    NonFiniteOutputException failure = null;
    for (int i = 0; i < rows.size(); i++) {
      Output output;
      try {
        output = head.read(raw, i, tokens.get(i).length);
      } catch (NonFiniteOutputException e) {
        failure = e;
        continue;
      }
      sink.complete(i, output);
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public void gaveUp() {
    gaveUp = true;
  }

  /** A session in which a run is stuck is not kept for others. */
  @Override
  public boolean isSound() {
    return !gaveUp;
  }

  /** Called with the last lease; batches that still run finish first. */
  @Override
  public void close() {
    session.close();
  }

  @Override
  public String toString() {
    return identity.name() + " on " + device;
  }
}
