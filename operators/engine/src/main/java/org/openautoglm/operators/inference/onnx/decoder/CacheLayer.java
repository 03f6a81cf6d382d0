package org.openautoglm.operators.inference.onnx.decoder;

import java.util.List;

/**
 * The names of one layer's caches in a graph.
 *
 * @param pastKey the input with the keys of what was read before
 * @param pastValue the input with its values
 * @param presentKey the output with the keys of all that has been read
 * @param presentValue the output with its values
 */
record CacheLayer(String pastKey, String pastValue, String presentKey, String presentValue) {

  /** One cache as an input and the output that continues it. */
  record Link(String past, String present) {}

  List<Link> links() {
    return List.of(new Link(pastKey, presentKey), new Link(pastValue, presentValue));
  }
}
