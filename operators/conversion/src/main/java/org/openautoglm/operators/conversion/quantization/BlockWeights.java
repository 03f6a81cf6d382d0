package org.openautoglm.operators.conversion.quantization;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.Initializer;
import org.openautoglm.operators.conversion.graph.Op;
import org.openautoglm.operators.conversion.graph.TensorOutput;

/**
 * A matrix {@code [out, in]} whose rows are cut into blocks, each with a scale of its own and whole
 * numbers that are symmetric around zero: {@code w ≈ (q − zero) · scale}, with {@code scale =
 * absmax / 127} and zero 128 for 8 bits, {@code absmax / 7} and 8 for 4 bits. These zeros are the
 * operators' own, so no zero points are stored.
 *
 * <p>The layout is that of {@code MatMulNBits} and, where blocks divide a row, of {@code
 * GatherBlockQuantized} as well: see ONNX Runtime's ContribOperators.
 *
 * @param matrix {@code [N, K]}, each row the weights of one output, or one token's vector
 * @param bits 8 or 4
 * @param block how many neighbours share a scale: 16, 32, 64, 128 or 256
 */
public record BlockWeights(Matrix matrix, int bits, int block) {
  /** Small enough for answers to be the same alone and in company, with 8 bits. */
  public static final int BLOCK = 32;

  /** Multiplies whole numbers, 8 bits each: without it, weights are unpacked on every call. */
  private static final long ACCURACY_INT8 = 4;

  public BlockWeights {
    if (bits != 8 && bits != 4) {
      throw new IllegalArgumentException("weights have 8 or 4 bits, not " + bits);
    }
    if (block < 16 || block > 256 || Integer.bitCount(block) != 1) {
      throw new IllegalArgumentException(
          "a block has 16, 32, 64, 128 or 256 weights, not " + block);
    }
  }

  /** Blocks of {@link #BLOCK}. */
  public BlockWeights(Matrix matrix, int bits) {
    this(matrix, bits, BLOCK);
  }

  /** How many blocks a row has; the last one is filled up with zeros. */
  public int blocks() {
    return (matrix.columns() + block - 1) / block;
  }

  /**
   * {@code MatMulNBits}: inputs are {@code A [..., K]} float, {@link #weights} and {@link #scales};
   * the output is {@code A · Wᵀ [..., N]}.
   */
  public Op matMul() {
    return Op.microsoft("MatMulNBits")
        .with("K", matrix.columns())
        .with("N", matrix.rows())
        .with("bits", bits)
        .with("block_size", block)
        .with("accuracy_level", ACCURACY_INT8);
  }

  /**
   * {@code GatherBlockQuantized}: inputs are {@link #table}, indices of whatever shape, and {@link
   * #scales}; the output has the indices' shape, and K numbers for each.
   */
  public Op gather() {
    return Op.microsoft("GatherBlockQuantized")
        .with("bits", bits)
        .with("block_size", block)
        .with("gather_axis", 0)
        .with("quantize_axis", 1);
  }

  /**
   * uint8 {@code [N, blocks, block · bits / 8]}; of two weights of 4 bits, the first is the low.
   */
  public Initializer weights(String name) {
    long packed = (long) block * bits / 8;
    return new Initializer(
        name,
        ElementType.UINT8,
        List.of((long) matrix.rows(), (long) blocks(), packed),
        this::writeWeights);
  }

  /**
   * The same bytes as {@code GatherBlockQuantized} wants them: uint8 {@code [N, K · bits / 8]}.
   *
   * @throws IllegalArgumentException where rows are not whole blocks
   */
  public Initializer table(String name) {
    if (matrix.columns() % block != 0) {
      throw new IllegalArgumentException(
          name + ": rows of " + matrix.columns() + " are not whole blocks of " + block);
    }
    return new Initializer(
        name,
        ElementType.UINT8,
        List.of((long) matrix.rows(), (long) matrix.columns() * bits / 8),
        this::writeWeights);
  }

  /** float {@code [N, blocks]}. */
  public Initializer scales(String name) {
    return new Initializer(
        name, ElementType.FLOAT, List.of((long) matrix.rows(), (long) blocks()), this::writeScales);
  }

  private void writeWeights(TensorOutput out) throws IOException {
    float[] row = new float[blocks() * block];
    byte[] packed = new byte[row.length * bits / 8];
    for (int n = 0; n < matrix.rows(); n++) {
      matrix.read(n, row);
      Arrays.fill(packed, (byte) 0);
      for (int start = 0; start < row.length; start += block) {
        pack(row, start, packed);
      }
      out.bytes(packed, 0, packed.length);
    }
  }

  private void pack(float[] row, int start, byte[] packed) {
    float scale = scale(row, start);
    float inverse = scale == 0 ? 0 : 1 / scale;
    int zero = 1 << (bits - 1);
    int most = zero - 1;
    for (int i = start; i < start + block; i++) {
      int whole = Math.max(-most, Math.min(most, (int) Math.rint(row[i] * inverse))) + zero;
      if (bits == 8) {
        packed[i] = (byte) whole;
      } else {
        packed[i / 2] |= (byte) (whole << ((i % 2) * 4));
      }
    }
  }

  private void writeScales(TensorOutput out) throws IOException {
    float[] row = new float[blocks() * block];
    float[] scales = new float[blocks()];
    for (int n = 0; n < matrix.rows(); n++) {
      matrix.read(n, row);
      for (int i = 0; i < scales.length; i++) {
        scales[i] = scale(row, i * block);
      }
      out.floats(scales, 0, scales.length);
    }
  }

  private float scale(float[] row, int start) {
    float most = 0;
    for (int i = start; i < start + block; i++) {
      most = Math.max(most, Math.abs(row[i]));
    }
    return most / ((1 << (bits - 1)) - 1);
  }
}
