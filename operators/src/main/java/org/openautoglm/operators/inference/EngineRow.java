package org.openautoglm.operators.inference;

import java.util.Objects;
import org.openautoglm.schemas.wire.Parameters;

/**
 * One row as an engine sees it.
 *
 * @param tokens token ids, special tokens included, unpadded; read-only
 * @param parameters how to generate; the default instance for tasks that do not
 * @param temperature sampling temperature, 0 for greedy
 */
@SuppressWarnings(
    "ArrayRecordComponent") // Read-only, and copying every row would cost more than the batch's
// padding.
public record EngineRow(int[] tokens, Parameters parameters, float temperature) {
  public EngineRow {
    Objects.requireNonNull(tokens);
    Objects.requireNonNull(parameters);
  }
}
