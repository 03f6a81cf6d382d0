package org.openautoglm.operators.inference.generation.sampling;

import java.nio.charset.StandardCharsets;

/**
 * Random numbers that depend on a seed and a place in the answer only: not on what was drawn
 * before, nor on which rows are decoded together. A row that is decoded again after a recovery
 * therefore draws the same numbers. The function is the output mix of SplitMix64 (Steele, Lea and
 * Flood, 2014), applied to both.
 */
public final class RandomDraw {
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;
  private static final double UNIT = 0x1.0p-53;

  private RandomDraw() {}

  /**
   * A number from 0 up to, not including, 1.
   *
   * @param seed the row's
   * @param position the token's place in the answer, from 0
   */
  public static double at(long seed, int position) {
    long mixed = mix(mix(seed + GOLDEN_GAMMA) + GOLDEN_GAMMA * (position + 1L));
    return (mixed >>> 11) * UNIT;
  }

  /**
   * The seed of a row that was sent without one: a function of its request, so that the same record
   * gives the same text when it is processed again.
   *
   * @param requestId the request
   * @param input the row's place in it, from 0
   */
  public static long seedOf(String requestId, int input) {
    long seed = input;
    for (byte b : requestId.getBytes(StandardCharsets.UTF_8)) {
      seed = mix(seed + GOLDEN_GAMMA + b);
    }
    return mix(seed + GOLDEN_GAMMA);
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
