package org.openautoglm.operators.conversion.decoder;

import java.util.Optional;
import org.openautoglm.operators.conversion.weights.RowRange;

/**
 * Where a weight lies in the checkpoint.
 *
 * @param module the module's name; {@code {i}} stands for the layer
 * @param rows which rows of a fused weight it is; nothing where the weight is its own
 * @param fusedRows how many rows the fused weight has; 0 where the weight is its own
 * @param bias whether the module has one
 */
record Place(String module, Optional<RowRange> rows, int fusedRows, boolean bias) {

  /** The weight's name in a layer. */
  String weight(int layer) {
    return module(layer) + ".weight";
  }

  /** The bias's name in a layer. */
  String bias(int layer) {
    return module(layer) + ".bias";
  }

  /** The module's name in a layer. */
  String module(int layer) {
    return module.replace("{i}", Integer.toString(layer));
  }

  Place withBias() {
    return new Place(module, rows, fusedRows, true);
  }
}
