package org.openautoglm.operators.conversion.check;

import java.util.List;
import org.openautoglm.operators.conversion.check.CausalModel.LayerCache;

/**
 * Finds where two decoders part, from what their layers have cached of one row: keys and values are
 * linear in what enters a layer's attention, so that they show the layer before.
 *
 * @param shareMax differences up to this share of what is compared, both as Euclidean lengths, do
 *     not count
 */
record LayerDivergence(double shareMax) {

  /** The place, to be read after "they first differ". */
  String place(List<LayerCache> expected, List<LayerCache> actual) {
    if (expected.size() != actual.size() || expected.isEmpty()) {
      return "at a place that is not known: their layers' caches cannot be compared";
    }
    for (int layer = 0; layer < expected.size(); layer++) {
      boolean values = differ(expected.get(layer).value(), actual.get(layer).value());
      boolean keys = differ(expected.get(layer).key(), actual.get(layer).key());
      if (values && keys) {
        return layer == 0
            ? "before layer 0's attention: in the embedding table or its first norm"
            : "in layer %d's attention or MLP, or in layer %d's first norm"
                .formatted(layer - 1, layer);
      }
      if (values) {
        return "in layer %d's projection of values (v_proj)".formatted(layer);
      }
      if (keys) {
        return "in layer %d's projection of keys, their norm or rotary embedding (k_proj)"
            .formatted(layer);
      }
    }
    return "in layer %d's attention or MLP, the last norm or the head (lm_head)"
        .formatted(expected.size() - 1);
  }

  private boolean differ(float[] expected, float[] actual) {
    if (expected.length != actual.length) {
      return true;
    }
    double squares = 0;
    double squaresOfDifference = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = (double) expected[i] - actual[i];
      squares += (double) expected[i] * expected[i];
      squaresOfDifference += difference * difference;
    }
    return !(Math.sqrt(squaresOfDifference) <= shareMax * Math.sqrt(squares));
  }
}
