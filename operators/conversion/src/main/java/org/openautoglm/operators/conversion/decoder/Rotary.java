package org.openautoglm.operators.conversion.decoder;

import java.util.Arrays;
import java.util.List;
import org.openautoglm.operators.conversion.weights.CheckpointException;

/**
 * Rotary position embedding (Su et al. 2021, arXiv:2104.09864): the first numbers of each head are
 * turned in pairs, by an angle that grows with the position.
 *
 * @param interleaved whether a pair is two neighbours, as in GLM; otherwise the two halves' n-th
 *     numbers are a pair
 * @param frequencies the angle of each pair from one position to the next
 * @param factor what cosine and sine are multiplied with
 * @param positions how many positions there are
 */
record Rotary(boolean interleaved, List<Float> frequencies, float factor, int positions) {
  private static final double DEFAULT_BASE = 10_000;

  /** The attention kernels turn heads of whole multiples of 16, in steps of 8 pairs. */
  private static final int KERNEL_HEAD_STEP = 16;

  private static final int KERNEL_PAIRS_STEP = 8;

  Rotary {
    frequencies = List.copyOf(frequencies);
  }

  /**
   * As transformers' models state it: {@code rope_theta} beside {@code rope_scaling}, or all in
   * {@code rope_parameters}.
   *
   * @param headWidth the numbers of a head
   * @param part which part of a head is turned, unless the file says so
   */
  static Rotary of(ModelConfig config, int headWidth, boolean interleaved, double part)
      throws CheckpointException {
    ModelConfig parameters =
        config.object(config.has("rope_parameters") ? "rope_parameters" : "rope_scaling");
    double base = parameters.number("rope_theta", config.number("rope_theta", DEFAULT_BASE));
    double share =
        parameters.number("partial_rotary_factor", config.number("partial_rotary_factor", part));
    int width = (int) (headWidth * share);
    if (width < 2 || width > headWidth || width % 2 != 0) {
      throw config.bad(
          "partial_rotary_factor",
          "is " + share + ", which turns " + width + " of a head's " + headWidth + " numbers");
    }
    int positions = config.integer("max_position_embeddings", 2048);
    return of(new RopeScaling(parameters, base, positions).frequencies(width), interleaved);
  }

  /** Without scaling, from a base that the family computes. */
  static Rotary plain(
      ModelConfig config, double base, int width, boolean interleaved, int positions)
      throws CheckpointException {
    return of(
        new RopeScaling(config.object("rope_scaling"), base, positions).frequencies(width),
        interleaved);
  }

  private static Rotary of(RopeScaling.Frequencies frequencies, boolean interleaved) {
    return new Rotary(
        interleaved,
        Arrays.stream(frequencies.perPosition()).mapToObj(value -> (float) value).toList(),
        (float) frequencies.factor(),
        frequencies.positions());
  }

  /** How many numbers of a head are turned. */
  int width() {
    return 2 * frequencies.size();
  }

  /** Whether the attention operator can turn heads of that width itself. */
  boolean fitsKernel(int headWidth) {
    return headWidth % KERNEL_HEAD_STEP == 0 && frequencies.size() % KERNEL_PAIRS_STEP == 0;
  }
}
