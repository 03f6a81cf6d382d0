package org.openautoglm.operators.inference.onnx.decoder;

import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.openautoglm.operators.inference.generation.Decoder;
import org.openautoglm.operators.inference.generation.PromptChunk;

/** Decodes prompts greedily, alone or in any company. */
final class Company {
  private final Decoder decoder;
  private final int tokens;
  private final Random random;
  private final int[][] texts;
  private final int[] lengths;

  /** The rows that are in slots, by slot. */
  private final SortedMap<Integer, Integer> running = new TreeMap<>();

  private Company(Decoder decoder, int rows, int tokens, long seed) {
    this.decoder = decoder;
    this.tokens = tokens;
    this.random = new Random(seed);
    this.texts = new int[rows][tokens];
    this.lengths = new int[rows];
  }

  /** One prompt after the other. */
  static int[][] alone(Decoder decoder, List<int[]> prompts, int tokens) {
    int[][] texts = new int[prompts.size()][];
    for (int row = 0; row < texts.length; row++) {
      texts[row] = together(decoder, prompts.subList(row, row + 1), tokens)[0];
    }
    return texts;
  }

  /** All prompts from the first step to the last. */
  static int[][] together(Decoder decoder, List<int[]> prompts, int tokens) {
    Company company = new Company(decoder, prompts.size(), tokens, 0);
    for (int row = 0; row < prompts.size(); row++) {
      company.enter(row, prompts.get(row), row);
    }
    while (!company.running.isEmpty()) {
      company.step(new ArrayList<>(company.running.keySet()));
    }
    return company.texts;
  }

  /**
   * Prompts come, pause, move to other slots and go at random, some read in parts, some together
   * with others.
   */
  static int[][] atRandom(Decoder decoder, List<int[]> prompts, int tokens, long seed) {
    Company company = new Company(decoder, prompts.size(), tokens, seed);
    Deque<Integer> waiting = new ArrayDeque<>();
    for (int row = 0; row < prompts.size(); row++) {
      waiting.add(row);
    }
    while (!waiting.isEmpty() || !company.running.isEmpty()) {
      if (!waiting.isEmpty() && company.random.nextInt(3) > 0) {
        company.enterSome(waiting, prompts);
      }
      company.moveOne();
      List<Integer> slots = new ArrayList<>(company.running.keySet());
      if (company.random.nextInt(4) == 0) {
        slots.removeIf(slot -> company.random.nextBoolean());
      }
      if (!slots.isEmpty()) {
        company.step(slots);
      }
    }
    return company.texts;
  }

  private List<Integer> freeSlots() {
    List<Integer> free = new ArrayList<>();
    for (int slot = 0; slot < decoder.cache().slots(); slot++) {
      if (!running.containsKey(slot)) {
        free.add(slot);
      }
    }
    return free;
  }

  private void enterSome(Deque<Integer> waiting, List<int[]> prompts) {
    List<Integer> free = freeSlots();
    if (free.isEmpty()) {
      return;
    }
    int together = 1 + random.nextInt(decoder.prefillRowsMax());
    List<PromptChunk> chunks = new ArrayList<>();
    List<Integer> rows = new ArrayList<>();
    for (int i = 0; i < together && i < free.size() && !waiting.isEmpty(); i++) {
      int row = waiting.remove();
      rows.add(row);
      chunks.add(new PromptChunk(free.get(i), prompts.get(row), 0, prompts.get(row).length));
    }
    if (chunks.size() == 1) {
      enter(rows.get(0), prompts.get(rows.get(0)), free.get(random.nextInt(free.size())));
      return;
    }
    FloatBuffer logits = unchecked(() -> decoder.prefill(chunks));
    for (int i = 0; i < rows.size(); i++) {
      running.put(chunks.get(i).slot(), rows.get(i));
      take(chunks.get(i).slot(), logits, i);
    }
  }

  private void enter(int row, int[] prompt, int slot) {
    int start = 0;
    if (decoder.readsInChunks() && random.nextBoolean()) {
      start = random.nextInt(prompt.length - 1) + 1;
      int end = start;
      unchecked(() -> decoder.prefill(List.of(new PromptChunk(slot, prompt, 0, end))));
      if (!running.isEmpty()) {
        step(new ArrayList<>(running.keySet()));
      }
    }
    int from = start;
    FloatBuffer logits =
        unchecked(
            () -> decoder.prefill(List.of(new PromptChunk(slot, prompt, from, prompt.length))));
    running.put(slot, row);
    take(slot, logits, 0);
  }

  private void moveOne() {
    List<Integer> free = freeSlots();
    if (running.isEmpty() || free.isEmpty() || random.nextInt(3) > 0) {
      return;
    }
    List<Integer> taken = new ArrayList<>(running.keySet());
    int from = taken.get(random.nextInt(taken.size()));
    int to = free.get(random.nextInt(free.size()));
    if (decoder.move(from, to)) {
      running.put(to, running.remove(from));
    }
  }

  private void step(List<Integer> slots) {
    int[] of = slots.stream().mapToInt(slot -> slot).toArray();
    int[] last = new int[of.length];
    for (int i = 0; i < of.length; i++) {
      int row = running.get(of[i]);
      last[i] = texts[row][lengths[row] - 1];
    }
    FloatBuffer logits = unchecked(() -> decoder.step(of.length, of, last));
    for (int i = 0; i < of.length; i++) {
      take(of[i], logits, i);
    }
  }

  private void take(int slot, FloatBuffer logits, int index) {
    int row = running.get(slot);
    float[] values = new float[decoder.vocabulary()];
    logits.get(index * values.length, values);
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    texts[row][lengths[row]++] = best;
    if (lengths[row] == tokens) {
      decoder.release(slot);
      running.remove(slot);
    }
  }

  private interface Call {
    FloatBuffer run() throws Exception;
  }

  private static FloatBuffer unchecked(Call call) {
    try {
      return call.run();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Texts as they are compared. */
  static List<String> words(int[][] texts) {
    return Arrays.stream(texts).map(Arrays::toString).toList();
  }
}
