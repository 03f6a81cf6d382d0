package org.openautoglm.operators.conversion.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Whether a decoder continues a prompt alone as it does in company: batches of several sizes, whose
 * rows differ in length, against what was seen of each prompt alone.
 *
 * @param sizes rows of the batches
 * @param same batches' rows that were continued with the same tokens as alone
 * @param rows all of the batches' rows
 * @param difference the largest difference of logits as long as tokens were the same; 0: every bit
 *     was the same
 */
public record CompanyCheck(List<Integer> sizes, int same, int rows, double difference) {
  private static final int[] SIZES = {2, 3, 5, 8, 16};

  public CompanyCheck {
    sizes = List.copyOf(sizes);
  }

  static CompanyCheck of(CausalModel model, List<int[]> prompts, DecoderObservation alone)
      throws IOException {
    List<Integer> sizes = new ArrayList<>();
    int same = 0;
    int rows = 0;
    double[] difference = new double[1];
    for (int size : SIZES) {
      if (size > prompts.size()) {
        break;
      }
      sizes.add(size);
      // Other neighbours in every batch: each starts where the last one ended.
      int from = rows;
      List<int[]> batch = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        batch.add(prompts.get((from + i) % prompts.size()));
      }
      boolean[] parted = new boolean[size];
      int[][] together =
          model.greedy(
              batch,
              DecoderObservation.NEW_TOKENS,
              (row, step, logits, offset, length) -> {
                int prompt = (from + row) % prompts.size();
                if (!parted[row]) {
                  LogitPrint seen = LogitPrint.of(logits, offset, length);
                  difference[0] =
                      Math.max(
                          difference[0], seen.difference(alone.prints().get(prompt).get(step)));
                  parted[row] =
                      CausalModel.largest(logits, offset, length)
                          != alone.greedy().get(prompt)[step];
                }
              });
      for (int i = 0; i < size; i++) {
        same += Arrays.equals(together[i], alone.greedy().get((from + i) % prompts.size())) ? 1 : 0;
      }
      rows += size;
    }
    return new CompanyCheck(sizes, same, rows, difference[0]);
  }
}
