package org.openautoglm.operators.inference.generation;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.openautoglm.operators.inference.generation.text.Detokenizer;

/**
 * What decides over the end of a text, whatever decodes it.
 *
 * @param endTokens end-of-sequence ids, one or many; may be none
 * @param detokenizer the model's
 */
public record GenerationModel(List<Integer> endTokens, Detokenizer detokenizer) {

  public GenerationModel {
    endTokens = List.copyOf(endTokens);
    Objects.requireNonNull(detokenizer);
  }

  int[] sortedEndTokens() {
    int[] sorted = endTokens.stream().mapToInt(Integer::intValue).toArray();
    Arrays.sort(sorted);
    return sorted;
  }
}
