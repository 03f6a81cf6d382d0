package org.openautoglm.operators.conversion.check;

import java.util.ArrayList;
import java.util.List;
import org.openautoglm.operators.conversion.check.LoadedGraph.Slot;

/**
 * The caches of a decoder's layers, as optimum names them: {@code past_key_values.N.key|value},
 * batch × heads × tokens × width, and {@code present.N.key|value}.
 *
 * @param layers keys and values of each layer, in order
 */
record CacheSlots(List<Cache> layers) {

  CacheSlots {
    layers = List.copyOf(layers);
  }

  /**
   * One of the two caches of a layer.
   *
   * @param past the input
   * @param present the output
   */
  record Cache(Slot past, String present) {

    long heads() {
      return past.shape().get(1);
    }

    long width() {
      return past.shape().get(3);
    }

    long bytes(long batch, long tokens) {
      return Math.multiplyExact(
          Math.multiplyExact(
              Math.multiplyExact(batch, heads()), Math.multiplyExact(tokens, width())),
          past.element().bytes());
    }
  }

  static CacheSlots of(LoadedGraph graph) {
    List<Cache> caches = new ArrayList<>();
    for (int layer = 0; ; layer++) {
      for (String kind : List.of("key", "value")) {
        var past = LoadedGraph.find(graph.inputs(), "past_key_values." + layer + "." + kind);
        String present = "present." + layer + "." + kind;
        if (past.isEmpty() || past.get().shape().size() != 4) {
          return new CacheSlots(caches);
        }
        caches.add(new Cache(past.get(), present));
      }
    }
  }

  List<String> presents() {
    return layers.stream().map(Cache::present).toList();
  }
}
