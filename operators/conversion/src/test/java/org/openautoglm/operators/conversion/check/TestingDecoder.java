package org.openautoglm.operators.conversion.check;

import java.util.ArrayList;
import java.util.List;

/**
 * A decoder of a few formulas: what follows a token depends on that token alone, and each layer
 * caches a wave of its own.
 */
final class TestingDecoder implements CausalModel {
  static final int VOCABULARY = 40;
  private static final int LAYERS = 3;

  private final float noise;
  private final int wrongFromLayer;
  private final boolean wrongKeyOnly;
  private final float company;

  private TestingDecoder(float noise, int wrongFromLayer, boolean wrongKeyOnly, float company) {
    this.noise = noise;
    this.wrongFromLayer = wrongFromLayer;
    this.wrongKeyOnly = wrongKeyOnly;
    this.company = company;
  }

  static TestingDecoder right() {
    return new TestingDecoder(0, LAYERS, false, 0);
  }

  /** Logits off by up to so much, and caches as they should be. */
  static TestingDecoder off(float noise) {
    return new TestingDecoder(noise, LAYERS, false, 0);
  }

  /** Everything wrong that a layer and those after it cache. */
  static TestingDecoder wrongFrom(int layer, float noise) {
    return new TestingDecoder(noise, layer, false, 0);
  }

  /** Only keys wrong, from a layer on. */
  static TestingDecoder wrongKeysFrom(int layer, float noise) {
    return new TestingDecoder(noise, layer, true, 0);
  }

  /** Right alone, and off by so much in a batch. */
  static TestingDecoder dependent(float company) {
    return new TestingDecoder(0, LAYERS, false, company);
  }

  private void logits(int token, float shift, float[] target, int offset) {
    for (int v = 0; v < VOCABULARY; v++) {
      double off = Math.sin(v * 7.7 + token) * noise;
      target[offset + v] = (float) (4 * Math.cos(token * 0.7 + v * 1.3) + off + shift * (v % 3));
    }
  }

  @Override
  public float[] score(int[] tokens) {
    float[] logits = new float[tokens.length * VOCABULARY];
    for (int i = 0; i < tokens.length; i++) {
      logits(tokens[i], 0, logits, i * VOCABULARY);
    }
    return logits;
  }

  @Override
  public int[][] greedy(List<int[]> prompts, int tokens, LogitWatcher watcher) {
    int[][] added = new int[prompts.size()][tokens];
    float[] logits = new float[VOCABULARY];
    for (int row = 0; row < prompts.size(); row++) {
      int token = prompts.get(row)[prompts.get(row).length - 1];
      for (int step = 0; step < tokens; step++) {
        logits(token, prompts.size() > 1 ? company : 0, logits, 0);
        watcher.see(row, step, logits, 0, VOCABULARY);
        token = CausalModel.largest(logits, 0, VOCABULARY);
        added[row][step] = token;
      }
    }
    return added;
  }

  @Override
  public List<LayerCache> caches(int[] tokens) {
    List<LayerCache> caches = new ArrayList<>();
    for (int layer = 0; layer < LAYERS; layer++) {
      boolean wrong = layer >= wrongFromLayer;
      caches.add(
          new LayerCache(
              wave(tokens, layer, wrong), wave(tokens, layer + 10, wrong && !wrongKeyOnly)));
    }
    return caches;
  }

  private static float[] wave(int[] tokens, int phase, boolean wrong) {
    float[] values = new float[tokens.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(tokens[i] + phase) * (wrong ? -1 : 1);
    }
    return values;
  }

  @Override
  public void close() {}
}
