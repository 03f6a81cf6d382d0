package org.openautoglm.operators.conversion.weights;

import java.util.Arrays;
import java.util.Optional;

/**
 * A matrix of integers as the numbers that they stand for: (q − zero point) · scale, in one scale
 * for all or in one for each column.
 */
final class DequantizedMatrix implements WeightMatrix {
  private final WeightMatrix integers;
  private final float[] zeroPoints;
  private final float[] scales;

  /**
   * @param integers the stored integers, as floats
   * @param zeroPoints one, or one a column; none: all are 0
   * @param scales one, or one a column
   */
  DequantizedMatrix(WeightMatrix integers, float[] zeroPoints, float[] scales) {
    this.integers = integers;
    this.zeroPoints = zeroPoints.length == 0 ? new float[1] : zeroPoints;
    this.scales = scales;
  }

  @Override
  public int rows() {
    return integers.rows();
  }

  @Override
  public int columns() {
    return integers.columns();
  }

  @Override
  public Optional<float[]> rowSteps() {
    return scales.length == 1 ? Optional.of(repeated(rows())) : Optional.empty();
  }

  @Override
  public Optional<float[]> columnSteps() {
    return Optional.of(scales.length == 1 ? repeated(columns()) : scales.clone());
  }

  private float[] repeated(int times) {
    float[] steps = new float[times];
    Arrays.fill(steps, scales[0]);
    return steps;
  }

  @Override
  public void read(int row, int rows, int column, int columns, float[] into) {
    integers.read(row, rows, column, columns, into);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        float zero = zeroPoints[zeroPoints.length == 1 ? 0 : column + j];
        float scale = scales[scales.length == 1 ? 0 : column + j];
        into[i * columns + j] = (into[i * columns + j] - zero) * scale;
      }
    }
  }
}
