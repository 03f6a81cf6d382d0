package org.openautoglm.operators.inference.generation;

import java.util.concurrent.atomic.LongAdder;

/**
 * What the decoders of one model have done so far. Mean rows of a step are {@code stepRows /
 * steps}; the share of idle rows that a runtime working on ranges of slots computed in vain is
 * {@code 1 - stepRows / stepSpan}.
 */
public final class GenerationCounters {
  final LongAdder prefills = new LongAdder();
  final LongAdder promptTokens = new LongAdder();
  final LongAdder steps = new LongAdder();
  final LongAdder stepRows = new LongAdder();
  final LongAdder stepSpan = new LongAdder();
  final LongAdder moves = new LongAdder();
  final LongAdder finished = new LongAdder();
  final LongAdder failed = new LongAdder();
  final LongAdder late = new LongAdder();
  final LongAdder cancelled = new LongAdder();

  /** Calls that read prompts. */
  public long prefills() {
    return prefills.sum();
  }

  /** Prompt tokens read. */
  public long promptTokens() {
    return promptTokens.sum();
  }

  /** Calls that added a token to rows. */
  public long steps() {
    return steps.sum();
  }

  /** Tokens added by steps; each row's first token comes from its prefill. */
  public long stepRows() {
    return stepRows.sum();
  }

  /** Slots from the first to the last used one, added up over all steps. */
  public long stepSpan() {
    return stepSpan.sum();
  }

  /** Rows moved to a lower slot. */
  public long moves() {
    return moves.sum();
  }

  /** Rows answered. */
  public long finished() {
    return finished.sum();
  }

  /** Rows that failed by themselves. */
  public long failed() {
    return failed.sum();
  }

  /** Rows whose deadline passed. */
  public long late() {
    return late.sum();
  }

  /** Rows that nobody wanted any more. */
  public long cancelled() {
    return cancelled.sum();
  }
}
