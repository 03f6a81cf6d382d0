package org.openautoglm.operators.inference.generation.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SamplerTest {

  @Test
  void greedyTakesTheFirstOfTheLikeliest() throws Exception {
    assertThat(choose(SamplingSettings.GREEDY, 0, 1, 3, 2, 3)).isEqualTo(1);
  }

  @Test
  void thePenaltyPushesPresentTokensDownWhateverTheirSign() throws Exception {
    SamplingSettings settings = new SamplingSettings(0, 0, 1, 2, 0);
    // 4 / 2 = 2 is below 3; -1 × 2 = -2 is below -1.5; a token counts once, however often it came.
    assertThat(choose(settings, present(0, 0), 0, 4, 3)).isEqualTo(1);
    assertThat(choose(settings, present(0), 0, -1, -1.5f)).isEqualTo(1);
    assertThat(choose(settings, present(0, 0), 0, 4, 1.5f)).isZero();
  }

  @Test
  void topKKeepsThoseAsLikelyAsTheLastOfThem() {
    assertThat(drawn(new SamplingSettings(1, 2, 1, 1, 0), 5, 4, 4, 3)).containsOnly(0, 1, 2);
    assertThat(drawn(new SamplingSettings(1, 1, 1, 1, 0), 5, 5, 4, 3)).containsOnly(0, 1);
    assertThat(drawn(new SamplingSettings(1, 9, 1, 1, 0), 5, 5, 5, 5)).containsOnly(0, 1, 2, 3);
  }

  @Test
  void topPKeepsTheTokenThatReachesTheShareAndAlwaysOne() {
    // Probabilities 0.5, 0.25, 0.125, 0.125.
    float[] logits = {log(4), log(2), log(1), log(1)};
    assertThat(drawn(new SamplingSettings(1, 0, 0.01f, 1, 0), logits)).containsOnly(0);
    assertThat(drawn(new SamplingSettings(1, 0, 0.49f, 1, 0), logits)).containsOnly(0);
    assertThat(drawn(new SamplingSettings(1, 0, 0.51f, 1, 0), logits)).containsOnly(0, 1);
    assertThat(drawn(new SamplingSettings(1, 0, 0.76f, 1, 0), logits)).containsOnly(0, 1, 2);
    assertThat(drawn(new SamplingSettings(1, 0, 0.9f, 1, 0), logits)).containsOnly(0, 1, 2, 3);
    // After top-k the shares are of what is left: 2/3 and 1/3.
    assertThat(drawn(new SamplingSettings(1, 2, 0.6f, 1, 0), logits)).containsOnly(0);
  }

  @Test
  void temperatureShapesTheDistributionAsItShould() throws Exception {
    float[] logits = {log(4), log(2), log(1), Float.NEGATIVE_INFINITY};
    assertThat(share(0, 1, logits)).isCloseTo(4 / 7.0, within(0.02));
    assertThat(share(1, 1, logits)).isCloseTo(2 / 7.0, within(0.02));
    assertThat(share(0, 0.5f, logits)).isCloseTo(16 / 21.0, within(0.02));
    assertThat(share(0, 2, logits)).isCloseTo(2 / (2 + Math.sqrt(2) + 1), within(0.02));
    assertThat(share(3, 2, logits)).isZero();
  }

  @Test
  void refusesRowsWithoutFiniteLogits() {
    assertThatThrownBy(() -> choose(SamplingSettings.GREEDY, 0, 1, Float.NaN, 2))
        .isInstanceOf(NotFiniteException.class);
    assertThatThrownBy(() -> choose(SamplingSettings.GREEDY, 0, Float.NEGATIVE_INFINITY))
        .isInstanceOf(NotFiniteException.class);
    assertThatThrownBy(() -> choose(SamplingSettings.GREEDY, 0, 1, Float.POSITIVE_INFINITY))
        .isInstanceOf(NotFiniteException.class);
  }

  @Test
  void readsItsOwnRowOfMany() throws Exception {
    Sampler sampler = new Sampler(3);
    FloatBuffer logits = FloatBuffer.wrap(new float[] {9, 0, 0, 0, 0, 9, 0, 9, 0});
    assertThat(sampler.choose(logits, 3, SamplingSettings.GREEDY, null, 0)).isEqualTo(2);
    assertThat(sampler.choose(logits, 6, SamplingSettings.GREEDY, null, 0)).isEqualTo(1);
  }

  @Property(tries = 1_000)
  void choosesWhatAPlainImplementationChooses(
      @ForAll long seed,
      @ForAll @FloatRange(min = 0.05f, max = 4) float temperature,
      @ForAll @IntRange(min = 0, max = 80) int topK,
      @ForAll @FloatRange(min = 0.02f, max = 0.99f) float topP,
      @ForAll @IntRange(min = 1, max = 300) int vocabulary,
      @ForAll boolean tied,
      @ForAll boolean penalized)
      throws Exception {
    Random random = new Random(seed);
    float[] logits = new float[vocabulary];
    PresentTokens present = new PresentTokens(vocabulary, 10);
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < vocabulary; i++) {
      logits[i] = (float) random.nextGaussian() * 6;
      logits[i] = tied ? Math.round(logits[i]) : logits[i];
    }
    for (int i = 0; i < 10; i++) {
      int token = random.nextInt(vocabulary);
      present.add(token);
      seen.add(token);
    }
    float penalty = penalized ? 1.3f : 1;
    float share = random.nextInt(4) == 0 ? 1 : topP;
    SamplingSettings settings = new SamplingSettings(temperature, topK, share, penalty, seed);
    int chosen = new Sampler(vocabulary).choose(FloatBuffer.wrap(logits), 0, settings, present, 3);
    assertThat(chosen).isEqualTo(plain(logits, settings, seen, 3));
  }

  @Test
  void theExponentialIsRightEverywhere() {
    for (double x = 0; x > -60; x -= 0.00137) {
      assertThat(Exponential.of(x) / StrictMath.exp(x)).isCloseTo(1, within(1e-9));
    }
    assertThat(Exponential.of(0)).isEqualTo(1);
    assertThat(Exponential.of(Double.NEGATIVE_INFINITY)).isZero();
  }

  @Test
  void drawsDependOnSeedAndPlaceOnlyAndAreEven() {
    assertThat(RandomDraw.at(7, 3)).isEqualTo(RandomDraw.at(7, 3));
    assertThat(RandomDraw.seedOf("请求-1", 0)).isEqualTo(RandomDraw.seedOf("请求-1", 0));
    Set<Long> seeds = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      seeds.add(RandomDraw.seedOf("r-" + i / 4, i % 4));
    }
    assertThat(seeds).hasSize(1_000);
    int[] bins = new int[20];
    for (int seed = 0; seed < 200; seed++) {
      for (int position = 0; position < 200; position++) {
        bins[(int) (20 * RandomDraw.at(seed, position))]++;
      }
    }
    // 40,000 draws: 2,000 a bin, with a standard deviation of 44.
    assertThat(IntStream.of(bins).min().orElseThrow()).isGreaterThan(1_780);
    assertThat(IntStream.of(bins).max().orElseThrow()).isLessThan(2_220);
  }

  /** Sorts, as the definition does. */
  private static int plain(
      float[] logits, SamplingSettings settings, Set<Integer> seen, int position) {
    double[] scores = new double[logits.length];
    for (int i = 0; i < logits.length; i++) {
      float penalty = settings.repetitionPenalty();
      float logit = logits[i];
      scores[i] = !seen.contains(i) ? logit : logit < 0 ? logit * penalty : logit / penalty;
    }
    List<Integer> order = new ArrayList<>(IntStream.range(0, logits.length).boxed().toList());
    order.sort(Comparator.comparingDouble((Integer i) -> -scores[i]));
    if (settings.topK() > 0 && settings.topK() < logits.length) {
      double least = scores[order.get(settings.topK() - 1)];
      order.removeIf(i -> scores[i] < least);
    }
    double max = scores[order.get(0)];
    double sum = order.stream().mapToDouble(i -> weight(scores[i], max, settings)).sum();
    List<Integer> kept = new ArrayList<>();
    double before = 0;
    for (int i : order) {
      if (kept.isEmpty() || before < settings.topP() * sum) {
        kept.add(i);
      }
      before += weight(scores[i], max, settings);
    }
    kept.sort(Comparator.naturalOrder());
    double total = kept.stream().mapToDouble(i -> weight(scores[i], max, settings)).sum();
    double target = RandomDraw.at(settings.seed(), position) * total;
    for (int i : kept) {
      target -= weight(scores[i], max, settings);
      if (target < 0) {
        return i;
      }
    }
    return kept.get(kept.size() - 1);
  }

  private static double weight(double score, double max, SamplingSettings settings) {
    return Math.exp((score - max) / settings.temperature());
  }

  private static Set<Integer> drawn(SamplingSettings settings, float... logits) {
    Set<Integer> drawn = new HashSet<>();
    Sampler sampler = new Sampler(logits.length);
    for (int position = 0; position < 400; position++) {
      try {
        drawn.add(sampler.choose(FloatBuffer.wrap(logits), 0, settings, null, position));
      } catch (NotFiniteException e) {
        throw new AssertionError(e);
      }
    }
    return drawn;
  }

  private static double share(int token, float temperature, float... logits) throws Exception {
    SamplingSettings settings = new SamplingSettings(temperature, 0, 1, 1, 11);
    Sampler sampler = new Sampler(logits.length);
    int hits = 0;
    for (int position = 0; position < 20_000; position++) {
      if (sampler.choose(FloatBuffer.wrap(logits), 0, settings, null, position) == token) {
        hits++;
      }
    }
    return hits / 20_000.0;
  }

  private static int choose(SamplingSettings settings, int position, float... logits)
      throws NotFiniteException {
    return choose(settings, null, position, logits);
  }

  private static int choose(
      SamplingSettings settings, PresentTokens present, int position, float... logits)
      throws NotFiniteException {
    return new Sampler(logits.length)
        .choose(FloatBuffer.wrap(logits), 0, settings, present, position);
  }

  private static PresentTokens present(int... tokens) {
    PresentTokens present = new PresentTokens(10, tokens.length);
    for (int token : tokens) {
      present.add(token);
    }
    return present;
  }

  private static float log(double probability) {
    return (float) Math.log(probability);
  }
}
