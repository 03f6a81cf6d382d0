package org.openautoglm.operators.batching;

import org.openautoglm.operators.inference.WaitingSpec;
import org.openautoglm.operators.inference.WaitingSpec.Overload;
import org.openautoglm.schemas.flow.WaitingLine;

/**
 * One batch key: its pool, its unfinished requests on the heap in the order of their arrival, and
 * behind them those that wait in state. Belongs to the task thread.
 */
final class Window {
  /** So many written and read again take about a tenth of a core. */
  private static final double QUICK_ROWS_PER_SECOND = 2_000;

  private static final double SOON_SECONDS = 0.5;
  private static final long RETRY_AFTER_MS_MIN = 100;
  private static final long RETRY_AFTER_MS_MAX = 3_600_000;

  private final String key;
  private final LoadedModel model;
  private final WaitingSpec bounds;
  private final RowPool pool;
  private final Spill spill;
  private final Pace pace = new Pace();
  private final PromptStore store;
  private boolean lineInState;
  private PendingRequest earliest;
  private PendingRequest latest;
  private long bytes;

  /** The round of picks in which this window could not run anything; the scheduler's. */
  long passedInRound;

  Window(String key, LoadedModel model, PromptStore store) {
    this.key = key;
    this.model = model;
    this.store = store;
    this.bounds = model.spec().batching().waiting();
    this.spill = new Spill(key, store, bounds);
    this.pool = new RowPool(model.spec().batching().maxWaitingRows(), () -> !spill.isEmpty());
  }

  String key() {
    return key;
  }

  LoadedModel model() {
    return model;
  }

  RowPool pool() {
    return pool;
  }

  Spill spill() {
    return spill;
  }

  Pace pace() {
    return pace;
  }

  /** Whether the pool has room; one request that is larger than its bounds gets in alone. */
  boolean hasRoom(int rows, int moreBytes) {
    return pool.waiting() == 0
        || (pool.admits(rows) && bytes + moreBytes <= bounds.maxWaitingBytes());
  }

  /**
   * Whether waiting for room in the pool is better than a way through the state: rows leave so
   * quickly that their way through it would slow them down, and all that waits in it is gone before
   * a barrier would notice.
   */
  boolean hasRoomSoon(long nowUs) {
    double perSecond = pace.perSecond(nowUs);
    return perSecond >= QUICK_ROWS_PER_SECOND && spill.rows() <= SOON_SECONDS * perSecond;
  }

  /** Whether prompts for which there is no room are refused, and not waited with. */
  boolean refusesOverload() {
    return bounds.overload() == Overload.REFUSE;
  }

  /**
   * How long until half of what waits will have gone, milliseconds, at the present pace: a client
   * that comes again sooner would find no room either.
   */
  long retryAfterMs(long nowUs) {
    double rows = (pool.waiting() + spill.rows()) / 2.0;
    double perSecond = pace.perSecond(nowUs);
    double ms = perSecond <= 0 ? RETRY_AFTER_MS_MAX : rows * 1_000 / perSecond;
    return (long) Math.max(RETRY_AFTER_MS_MIN, Math.min(RETRY_AFTER_MS_MAX, ms));
  }

  boolean isIdle() {
    return earliest == null && spill.isEmpty();
  }

  /** A request comes to the heap. */
  void add(PendingRequest request) {
    bytes += request.bytes();
    request.window = this;
    request.earlier = latest;
    if (latest == null) {
      earliest = request;
    } else {
      latest.later = request;
    }
    latest = request;
  }

  void remove(PendingRequest request) {
    bytes -= request.bytes();
    if (request.earlier == null) {
      earliest = request.later;
    } else {
      request.earlier.later = request.later;
    }
    if (request.later == null) {
      latest = request.earlier;
    } else {
      request.later.earlier = request.earlier;
    }
    request.earlier = null;
    request.later = null;
  }

  /** What the last checkpoint says of this key: its prompts lie in state already. */
  void restore(WaitingLine line, HeldWatermarks.Segment segment) {
    lineInState = true;
    spill.restore(line, segment);
  }

  /** Writes what a checkpoint needs and state does not hold yet. */
  void snapshot() {
    WaitingLine.Builder line = WaitingLine.newBuilder().setModelId(model.spec().name());
    for (PendingRequest request = earliest; request != null; request = request.later) {
      if (request.isChanged()) {
        store.put(key, request.number, request.unfinished());
        request.writtenToState();
      }
      line.addHot(request.number);
    }
    spill.describe(line);
    if (!isIdle() || lineInState) {
      lineInState = !isIdle();
      store.putLine(key, lineInState ? line.build() : null);
    }
  }
}
