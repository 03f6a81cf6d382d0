package org.openautoglm.operators.batching;

import java.util.ArrayList;
import java.util.List;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.DeviceHealth;
import org.openautoglm.operators.inference.InferenceEngine;

/**
 * One engine in one subtask: its gate, what it runs for this subtask, and what that costs. Belongs
 * to the task thread.
 */
final class EngineSlot implements EngineView {
  /** For a device that others are better than; may be added to. */
  private static final long NEVER_US = Long.MAX_VALUE / 4;

  private final InferenceEngine engine;
  private final LaneGate gate;
  private final BatchingSpec batching;
  private final int maxRows;
  private final long runTimeoutMs;
  private final CostModel cost = new CostModel();
  private final List<InFlight> inFlight = new ArrayList<>();
  private List<EngineSlot> ofModel = List.of();

  /** A batch on the device. No record: two that started together are still two. */
  static final class InFlight {
    private final long startedUs;
    private final long expectedUs;

    private InFlight(long startedUs, long expectedUs) {
      this.startedUs = startedUs;
      this.expectedUs = expectedUs;
    }

    /** A batch that is late is expected to take as long again as it has taken. */
    long remainingUs(long nowUs) {
      long elapsed = Math.max(0, nowUs - startedUs);
      return elapsed < expectedUs ? expectedUs - elapsed : elapsed;
    }
  }

  EngineSlot(InferenceEngine engine, LaneGate gate, BatchingSpec batching) {
    this(engine, gate, batching, 0);
  }

  /**
   * @param runTimeoutMs how long a run may take, milliseconds; 0: as long as it likes
   */
  EngineSlot(InferenceEngine engine, LaneGate gate, BatchingSpec batching, long runTimeoutMs) {
    this.runTimeoutMs = runTimeoutMs;
    this.engine = engine;
    this.gate = gate;
    this.batching = batching;
    this.maxRows = Math.min(batching.maxRows(), engine.maxIndependentRows());
  }

  InferenceEngine engine() {
    return engine;
  }

  long runTimeoutMs() {
    return runTimeoutMs;
  }

  LaneGate gate() {
    return gate;
  }

  InFlight started(Batch batch, long nowUs) {
    InFlight started = new InFlight(nowUs, cost.expectedUs(batch.paddedTokens()));
    inFlight.add(started);
    return started;
  }

  void ended(InFlight started) {
    inFlight.remove(started);
  }

  void measured(Batch batch, long inferenceUs) {
    cost.measured(batch.paddedTokens(), inferenceUs);
  }

  /** Says which engines can run the same, this one among them. */
  void amongThose(List<EngineSlot> slots) {
    ofModel = slots;
  }

  /** A device that runs hang on gets work only where there is no better one. */
  @Override
  public boolean free() {
    return gate.mayBeFree() && isAmongTheBest();
  }

  private boolean isAmongTheBest() {
    DeviceHealth.Grade grade = grade();
    return grade == DeviceHealth.Grade.SOUND
        || ofModel.stream().noneMatch(other -> other.grade().compareTo(grade) > 0);
  }

  private DeviceHealth.Grade grade() {
    return engine.device().health().grade();
  }

  @Override
  public long busyUs(long nowUs) {
    if (free()) {
      return 0;
    }
    if (gate.mayBeFree()) {
      return NEVER_US;
    }
    long soonest = Long.MAX_VALUE;
    for (InFlight batch : inFlight) {
      soonest = Math.min(soonest, batch.remainingUs(nowUs));
    }
    // Other subtasks hold the lanes: theirs will be batches like ours.
    return inFlight.isEmpty() ? cost.meanUs() : soonest;
  }

  @Override
  public BatchLimits limits() {
    return new BatchLimits(maxRows, batching.maxPaddedTokens(), cost.overheadTokens());
  }

  @Override
  public boolean known() {
    return cost.known();
  }

  @Override
  public long expectedUs(int paddedTokens) {
    return cost.expectedUs(paddedTokens);
  }
}
