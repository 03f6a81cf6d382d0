package org.openautoglm.operators.inference.onnx.decoder;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.openautoglm.operators.inference.generation.Decoder;
import org.openautoglm.operators.inference.generation.PromptChunk;

/**
 * Tries a decoder before it serves: whether a row has the same next tokens alone and in company,
 * and whether it may be read at once. Graphs that scale activations over everything in a run fail
 * both.
 */
final class DecoderProbe {
  /** Probabilities of a next token further apart than this are not the same. */
  private static final double SAME_PROBABILITY = 1e-3;

  /** Reading at once and token by token differs a little where weights are quantised. */
  private static final double ALIKE_PROBABILITY = 0.05;

  private static final int STEPS = 3;

  private final List<int[]> prompts;

  /**
   * @param prompts of different lengths; at most as many as the decoders that are tried have slots
   */
  DecoderProbe(List<int[]> prompts) {
    this.prompts = prompts;
  }

  /** Whether every prompt goes on alone as it goes on in company. */
  boolean independent(Decoder decoder) throws Exception {
    List<List<double[]>> alone = new ArrayList<>();
    List<int[]> continuations = new ArrayList<>();
    for (int[] prompt : prompts) {
      List<double[]> answers = new ArrayList<>();
      int[] continuation = new int[STEPS];
      answers.add(probabilities(read(decoder, 0, prompt), 0, decoder.vocabulary()));
      for (int step = 0; step < STEPS; step++) {
        continuation[step] = likeliest(answers.get(step));
        FloatBuffer logits = decoder.step(1, new int[] {0}, new int[] {continuation[step]});
        answers.add(probabilities(logits, 0, decoder.vocabulary()));
      }
      decoder.release(0);
      alone.add(answers);
      continuations.add(continuation);
    }
    return sameTogether(decoder, alone, continuations);
  }

  private boolean sameTogether(
      Decoder decoder, List<List<double[]>> alone, List<int[]> continuations) throws Exception {
    int rows = prompts.size();
    int[] slots = new int[rows];
    boolean same = true;
    for (int row = 0; row < rows; row++) {
      slots[row] = row;
    }
    for (int first = 0; first < rows; first += decoder.prefillRowsMax()) {
      List<PromptChunk> chunks = new ArrayList<>();
      for (int row = first; row < Math.min(rows, first + decoder.prefillRowsMax()); row++) {
        chunks.add(new PromptChunk(row, prompts.get(row), 0, prompts.get(row).length));
      }
      FloatBuffer logits = decoder.prefill(chunks);
      for (int i = 0; i < chunks.size(); i++) {
        same &= same(alone.get(first + i).get(0), logits, i, SAME_PROBABILITY);
      }
    }
    for (int step = 0; step < STEPS; step++) {
      int[] tokens = new int[rows];
      for (int row = 0; row < rows; row++) {
        tokens[row] = continuations.get(row)[step];
      }
      FloatBuffer logits = decoder.step(rows, slots, tokens);
      for (int row = 0; row < rows; row++) {
        same &= same(alone.get(row).get(step + 1), logits, row, SAME_PROBABILITY);
      }
    }
    for (int slot : slots) {
      decoder.release(slot);
    }
    return same;
  }

  /** Whether a prompt that is read at once goes on as when it is read token by token. */
  boolean readsAtOnce(Decoder decoder) throws Exception {
    for (int[] prompt : prompts) {
      double[] atOnce = probabilities(read(decoder, 0, prompt), 0, decoder.vocabulary());
      decoder.release(0);
      FloatBuffer logits = decoder.prefill(List.of(new PromptChunk(0, prompt, 0, 1)));
      for (int i = 1; i < prompt.length; i++) {
        logits = decoder.prefill(List.of(new PromptChunk(0, prompt, i, i + 1)));
      }
      boolean alike = same(atOnce, logits, 0, ALIKE_PROBABILITY);
      decoder.release(0);
      if (!alike) {
        return false;
      }
    }
    return true;
  }

  private static FloatBuffer read(Decoder decoder, int slot, int[] prompt) throws Exception {
    return decoder.prefill(List.of(new PromptChunk(slot, prompt, 0, prompt.length)));
  }

  private static boolean same(double[] expected, FloatBuffer logits, int row, double tolerance) {
    double[] got = probabilities(logits, row, expected.length);
    for (int i = 0; i < expected.length; i++) {
      if (!(Math.abs(expected[i] - got[i]) <= tolerance)) {
        return false;
      }
    }
    return true;
  }

  private static double[] probabilities(FloatBuffer logits, int row, int vocabulary) {
    double[] values = new double[vocabulary];
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < vocabulary; i++) {
      values[i] = logits.get(row * vocabulary + i);
      largest = Math.max(largest, values[i]);
    }
    double sum = 0;
    for (int i = 0; i < vocabulary; i++) {
      values[i] = Math.exp(values[i] - largest);
      sum += values[i];
    }
    for (int i = 0; i < vocabulary; i++) {
      values[i] /= sum;
    }
    return values;
  }

  private static int likeliest(double[] probabilities) {
    int best = 0;
    for (int i = 1; i < probabilities.length; i++) {
      if (probabilities[i] > probabilities[best]) {
        best = i;
      }
    }
    return best;
  }
}
