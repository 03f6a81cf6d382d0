package org.openautoglm.operators.inference.generation.sampling;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * What choosing a token costs, by settings and size of the vocabulary. Run on purpose: {@code java
 * -cp … org.openautoglm.operators.inference.generation.sampling.SamplerBenchmark}. The logits are
 * normal with a standard deviation of 3, in a direct buffer, as a runtime hands them over; the
 * figures are medians of 15 rounds, microseconds, and multiples of greedy.
 */
public final class SamplerBenchmark {
  private static final int ROUNDS = 15;
  private static final int ROWS = 8;

  private SamplerBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    for (int vocabulary : new int[] {6_400, 151_936}) {
      FloatBuffer logits = logits(vocabulary);
      double greedy = micros(logits, vocabulary, SamplingSettings.GREEDY);
      print(vocabulary, "greedy", greedy, greedy);
      print(vocabulary, "penalty 1.1", micros(logits, vocabulary, settings(0, 0, 1, 1.1f)), greedy);
      print(vocabulary, "temperature", micros(logits, vocabulary, settings(1, 0, 1, 1)), greedy);
      print(vocabulary, "top-k 50", micros(logits, vocabulary, settings(1, 50, 1, 1)), greedy);
      print(vocabulary, "top-p 0.9", micros(logits, vocabulary, settings(1, 0, 0.9f, 1)), greedy);
      print(
          vocabulary,
          "top-p 0.9 at 0.7",
          micros(logits, vocabulary, settings(0.7f, 0, 0.9f, 1)),
          greedy);
      print(
          vocabulary,
          "top-k 50, top-p 0.9",
          micros(logits, vocabulary, settings(0.7f, 50, 0.9f, 1.1f)),
          greedy);
    }
  }

  private static void print(int vocabulary, String name, double micros, double greedy) {
    System.out.printf(
        Locale.ROOT, "%,9d  %-22s %8.1f us  %5.2f%n", vocabulary, name, micros, micros / greedy);
  }

  private static SamplingSettings settings(
      float temperature, int topK, float topP, float repetitionPenalty) {
    return new SamplingSettings(temperature, topK, topP, repetitionPenalty, 7);
  }

  private static double micros(FloatBuffer logits, int vocabulary, SamplingSettings settings)
      throws NotFiniteException {
    Sampler sampler = new Sampler(vocabulary);
    PresentTokens present = new PresentTokens(vocabulary, 500);
    new Random(1).ints(500, 0, vocabulary).forEach(present::add);
    int calls = ROWS * Math.max(1, 400_000 / vocabulary);
    double[] rounds = new double[ROUNDS];
    int sum = 0;
    for (int round = -5; round < ROUNDS; round++) {
      long start = System.nanoTime();
      for (int i = 0; i < calls; i++) {
        sum += sampler.choose(logits, i % ROWS * vocabulary, settings, present, i);
      }
      if (round >= 0) {
        rounds[round] = (System.nanoTime() - start) / 1e3 / calls;
      }
    }
    if (sum == 0) {
      throw new IllegalStateException("nothing was chosen");
    }
    Arrays.sort(rounds);
    return rounds[ROUNDS / 2];
  }

  private static FloatBuffer logits(int vocabulary) {
    FloatBuffer logits =
        ByteBuffer.allocateDirect(ROWS * vocabulary * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    Random random = new Random(3);
    while (logits.hasRemaining()) {
      logits.put((float) random.nextGaussian() * 3);
    }
    return logits.flip();
  }
}
