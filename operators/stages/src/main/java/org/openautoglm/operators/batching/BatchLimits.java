package org.openautoglm.operators.batching;

/**
 * What one engine takes in one batch.
 *
 * @param maxRows the most rows, 1 or more
 * @param maxPaddedTokens the most rows × longest row; a single longer row runs alone
 * @param overheadTokens what starting another batch costs, in tokens: as much padding is worth
 *     taking for a row that joins this one instead
 */
record BatchLimits(int maxRows, int maxPaddedTokens, int overheadTokens) {
  BatchLimits {
    if (maxRows < 1) {
      throw new IllegalArgumentException("maxRows must be 1 or more, not " + maxRows);
    }
  }
}
