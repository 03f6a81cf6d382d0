package org.openautoglm.operators.batching;

/** What a policy sees of an engine. Valid only during the decision. */
interface EngineView {
  /** Whether a lane of its device may be free. */
  boolean free();

  /** How long until a lane is expected to be free, microseconds; 0 when one is. */
  long busyUs(long nowUs);

  BatchLimits limits();

  /** Whether anything has been measured on it. */
  boolean known();

  /** How long a batch is expected to run, microseconds; 0 while nobody knows. */
  long expectedUs(int paddedTokens);
}
