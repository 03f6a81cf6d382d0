package org.openautoglm.operators.inference.onnx;

import org.openautoglm.operators.inference.EncoderSpec.Pooling;
import org.openautoglm.operators.inference.model.ModelDirectory.EmbeddingHead;
import org.openautoglm.schemas.wire.Output;

/** Pools a row's token vectors into one and scales it to length 1 where the model wants that. */
final class EmbeddingAnswers implements AnswerHead {
  /** Embeddings whose cosine is below this are not the same. */
  private static final double SAME_COSINE = 0.9999;

  private final EmbeddingHead head;

  EmbeddingAnswers(EmbeddingHead head) {
    this.head = head;
  }

  @Override
  public Output read(RawOutput raw, int row, int tokens) throws NonFiniteOutputException {
    float[] vector =
        head.pooling() == Pooling.CLS || raw.positions() == 1
            ? first(raw, row)
            : mean(raw, row, tokens);
    double squares = 0;
    for (float x : vector) {
      squares += (double) x * x;
    }
    if (!Double.isFinite(squares)) {
      throw new NonFiniteOutputException();
    }
    double scale = head.normalize() && squares > 0 ? 1 / Math.sqrt(squares) : 1;
    Output.Builder output = Output.newBuilder();
    for (float x : vector) {
      output.addEmbedding((float) (x * scale));
    }
    return output.build();
  }

  private static float[] first(RawOutput raw, int row) {
    float[] vector = new float[raw.width()];
    System.arraycopy(raw.values(), raw.offset(row), vector, 0, raw.width());
    return vector;
  }

  private static float[] mean(RawOutput raw, int row, int tokens) {
    float[] vector = new float[raw.width()];
    int offset = raw.offset(row);
    for (int token = 0; token < tokens; token++) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] += raw.values()[offset + i];
      }
      offset += raw.width();
    }
    for (int i = 0; i < vector.length; i++) {
      vector[i] /= tokens;
    }
    return vector;
  }

  @Override
  public boolean same(Output left, Output right) {
    double dot = 0;
    double leftSquares = 0;
    double rightSquares = 0;
    for (int i = 0; i < left.getEmbeddingCount(); i++) {
      double a = left.getEmbedding(i);
      double b = right.getEmbedding(i);
      dot += a * b;
      leftSquares += a * a;
      rightSquares += b * b;
    }
    return dot >= SAME_COSINE * Math.sqrt(leftSquares * rightSquares);
  }
}
