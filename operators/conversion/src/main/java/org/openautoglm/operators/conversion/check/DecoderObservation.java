package org.openautoglm.operators.conversion.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.openautoglm.operators.conversion.check.CausalModel.LayerCache;

/**
 * What a decoder was seen to do with prompts one at a time and with texts. Kept instead of the
 * model, so that original and converted need not be in memory together.
 *
 * @param prompts the logits after each prompt
 * @param greedy what continues each prompt
 * @param prints the logits of each of those steps
 * @param caches what the layers cached of the longest prompt
 * @param perplexity over the texts
 * @param speed tokens a second
 */
record DecoderObservation(
    List<float[]> prompts,
    List<int[]> greedy,
    List<List<LogitPrint>> prints,
    List<LayerCache> caches,
    Perplexity perplexity,
    Speed speed) {

  /** Tokens that are added to each prompt. */
  static final int NEW_TOKENS = 16;

  private static final int SPEED_PROMPT = 128;
  private static final int SPEED_TOKENS = 32;
  private static final double TIMED_MIN_SECONDS = 0.5;
  private static final int TIMED_RUNS_MAX = 20;

  /**
   * How fast the graph runs on one core.
   *
   * @param prefill tokens a second of a prompt of 128
   * @param generation tokens a second, one row, 32 after it
   */
  record Speed(double prefill, double generation) {}

  /**
   * Watches a model.
   *
   * @param prompts at least one
   * @param texts to measure perplexity on
   * @param progress takes words for people
   */
  static DecoderObservation of(
      CausalModel model, List<int[]> prompts, List<int[]> texts, Consumer<String> progress)
      throws IOException {
    List<float[]> last = new ArrayList<>();
    List<int[]> greedy = new ArrayList<>();
    List<List<LogitPrint>> prints = new ArrayList<>();
    for (int[] prompt : prompts) {
      progress.accept("prompt " + (last.size() + 1) + " of " + prompts.size());
      float[] logits = model.score(prompt);
      int vocabulary = logits.length / prompt.length;
      last.add(Arrays.copyOfRange(logits, logits.length - vocabulary, logits.length));
      List<LogitPrint> own = new ArrayList<>();
      greedy.add(
          model
              .greedy(
                  List.of(prompt),
                  NEW_TOKENS,
                  (row, step, values, offset, length) ->
                      own.add(LogitPrint.of(values, offset, length)))[0]);
      prints.add(own);
    }
    progress.accept("perplexity");
    Perplexity perplexity = Perplexity.of(model, texts, last.get(0).length);
    progress.accept("speed");
    Speed speed = speed(model, prompts.get(0));
    return new DecoderObservation(
        last, greedy, prints, model.caches(longest(prompts)), perplexity, speed);
  }

  private static int[] longest(List<int[]> prompts) {
    return prompts.stream().max((a, b) -> Integer.compare(a.length, b.length)).orElseThrow();
  }

  private static Speed speed(CausalModel model, int[] prompt) throws IOException {
    int[] text = new int[SPEED_PROMPT];
    for (int i = 0; i < text.length; i++) {
      text[i] = prompt[i % prompt.length];
    }
    double prefill =
        runsPerSecond(() -> model.greedy(List.of(text), 1, CausalModel.LogitWatcher.NONE));
    double both =
        runsPerSecond(
            () -> model.greedy(List.of(text), 1 + SPEED_TOKENS, CausalModel.LogitWatcher.NONE));
    double generation = SPEED_TOKENS / Math.max(1e-9, 1 / both - 1 / prefill);
    return new Speed(SPEED_PROMPT * prefill, generation);
  }

  private interface Timed {
    int[][] run() throws IOException;
  }

  private static double runsPerSecond(Timed timed) throws IOException {
    long startNanos = System.nanoTime();
    int runs = 0;
    double seconds = 0;
    while (runs == 0 || (seconds < TIMED_MIN_SECONDS && runs < TIMED_RUNS_MAX)) {
      int[][] unused = timed.run();
      assert unused.length > 0;
      runs++;
      seconds = (System.nanoTime() - startNanos) / 1e9;
    }
    return runs / seconds;
  }
}
