package org.openautoglm.operators.inference;

import java.util.Objects;
import org.openautoglm.schemas.wire.Parameters;

/**
 * One row as an engine sees it.
 *
 * @param tokens token ids, special tokens included, unpadded; read-only
 * @param parameters how to generate; the default instance for tasks that do not
 * @param temperature sampling temperature, 0 for greedy
 * @param deadlineUs when its time is up, microseconds since the epoch; 0 for never. Only engines
 *     that can end a row midway look at it
 * @param requestId the request it belongs to: the same whenever the same record is processed again
 * @param input its place in the request, from 0
 */
@SuppressWarnings(
    "ArrayRecordComponent") // Read-only, and copying every row would cost more than the batch's
// padding.
public record EngineRow(
    int[] tokens,
    Parameters parameters,
    float temperature,
    long deadlineUs,
    String requestId,
    int input) {

  /** A row of no request that may take its time. */
  public EngineRow(int[] tokens, Parameters parameters, float temperature) {
    this(tokens, parameters, temperature, 0, "", 0);
  }

  public EngineRow {
    Objects.requireNonNull(tokens);
    Objects.requireNonNull(parameters);
    Objects.requireNonNull(requestId);
  }
}
