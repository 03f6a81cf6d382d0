package org.openautoglm.jobs.bench;

import ai.onnxruntime.OrtException;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * A hand-written greedy loop over bare ONNX Runtime: a static batch from its prompts to its last
 * token. Belongs to one caller; several share a session.
 */
interface RawDecoding {
  /**
   * Adds as many tokens to every prompt; a batch ends for all of its rows at once.
   *
   * @return what was added, [prompts][tokens]
   */
  int[][] generate(List<int[]> prompts, int tokens) throws OrtException;

  /** The token of the largest of some logits, which begin at an offset. */
  static int best(FloatBuffer logits, int offset, int vocabulary) {
    int best = 0;
    float most = logits.get(offset);
    for (int i = 1; i < vocabulary; i++) {
      float logit = logits.get(offset + i);
      if (logit > most) {
        most = logit;
        best = i;
      }
    }
    return best;
  }
}
