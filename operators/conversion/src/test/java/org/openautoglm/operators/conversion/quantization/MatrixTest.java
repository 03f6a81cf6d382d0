package org.openautoglm.operators.conversion.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class MatrixTest {

  @Property(tries = 50)
  void exchangesRowsAndColumns(
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(min = 1, max = 40) int columns) {
    float[] values = Numbers.normal(rows * columns, 1);
    Matrix turned = Matrix.of(rows, columns, values).transposed();
    assertThat(turned.rows()).isEqualTo(columns);
    float[] row = new float[rows];
    for (int i = columns - 1; i >= 0; i--) {
      turned.read(i, row);
      for (int k = 0; k < rows; k++) {
        assertThat(row[k]).isEqualTo(values[k * columns + i]);
      }
    }
  }

  /** So tall that a strip holds four columns only. */
  @Test
  void turnsStripByStrip() {
    int rows = 1 << 19;
    Matrix tall =
        new Matrix() {
          @Override
          public int rows() {
            return rows;
          }

          @Override
          public int columns() {
            return 6;
          }

          @Override
          public void read(int row, float[] into) {
            for (int i = 0; i < 6; i++) {
              into[i] = row + 0.125f * i;
            }
          }
        };
    Matrix turned = tall.transposed();
    float[] row = new float[rows];
    for (int column : new int[] {5, 0, 3, 4}) {
      turned.read(column, row);
      assertThat(row[rows - 1]).isEqualTo(rows - 1 + 0.125f * column);
      assertThat(row[1]).isEqualTo(1 + 0.125f * column);
    }
  }

  @Test
  void refusesNumbersThatDoNotFill() {
    assertThatThrownBy(() -> Matrix.of(2, 3, new float[5]))
        .hasMessage("5 numbers are no matrix of 2 × 3");
  }
}
