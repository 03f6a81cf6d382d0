package org.openautoglm.operators.conversion.decoder;

import java.util.ArrayList;
import java.util.List;
import org.openautoglm.operators.conversion.graph.Dim;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.Op;

/**
 * What the attention of all layers has in common: how long each row is, and what the cache is made
 * of.
 *
 * @param lastPositions int32 [batch]: the tokens in the cache after this run, minus 1
 * @param total int32 scalar: the most tokens that any row has after this run
 * @param cache FLOAT or FLOAT16
 * @param dimensions the decoder's
 */
record AttentionLengths(
    String lastPositions, String total, ElementType cache, Dimensions dimensions) {

  /**
   * Adds a layer's node with its part of the cache.
   *
   * @param inputs query, key and value
   * @param turning cosines and sines, where the operator turns query and key itself
   * @return [batch, sequence, heads · head width]
   */
  String attend(
      GraphBuilder graph, Op attention, int layer, List<String> inputs, List<String> turning) {
    String past = "past_key_values." + layer;
    List<String> all = new ArrayList<>(inputs);
    all.add(graph.input(past + ".key", cache, shape("capacity")));
    all.add(graph.input(past + ".value", cache, shape("capacity")));
    all.add(lastPositions);
    all.add(total);
    all.addAll(turning);
    String context = graph.unique(attention.name());
    String present = "present." + layer;
    graph.node(attention, all, List.of(context, present + ".key", present + ".value"));
    graph.output(present + ".key", cache, shape("present_capacity"));
    graph.output(present + ".value", cache, shape("present_capacity"));
    return context;
  }

  private Dim[] shape(String capacity) {
    return new Dim[] {
      Dim.free("batch"),
      Dim.of(dimensions.keyValueHeads()),
      Dim.free(capacity),
      Dim.of(dimensions.headWidth())
    };
  }
}
