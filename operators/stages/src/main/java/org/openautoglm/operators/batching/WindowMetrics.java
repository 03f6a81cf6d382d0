package org.openautoglm.operators.batching;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.RowOutcome;

/**
 * The numbers of one model's windows in one subtask. They hold at every moment, since the task
 * started:
 *
 * <pre>
 * requestsIn + requestsRestored = requestsAnswered + requestsUnfinished
 * rowsIn     + rowsRestored     = rowsAnswered + Σ rowsFailed + rowsWaiting + rowsSpilled + rowsRunning
 * </pre>
 *
 * <p>How full batches are is {@code batchedRows / (batches × maxRows)}, how much of them is padding
 * {@code 1 − tokensReal / tokensPadded}, and how much of a device this subtask has used {@code
 * laneBusyUs / (lanes × time)}, where a lane counts once its batch has ended. The same device is
 * shared by the subtasks of a process: their {@code laneBusyUs} add up, {@code lanes} does not.
 *
 * <p>{@code modelReloads} counts the newer versions of the model that this subtask went on with;
 * {@code modelReloadFailures}, a gauge beside these, those that its whole process could not take.
 * {@code rowsFailed} is one counter for each code; {@code rowsRestored} counts rows that had not
 * ended. {@code rowsRetried} and {@code batchSplits} count attempts, not rows, and stand outside.
 * Times are in microseconds, since a window often holds a row for less than a millisecond.
 * Histograms keep their last {@value #HISTORY} values. Belongs to the task thread; gauges are read
 * by Flink's reporters, which may see a value that is a moment old.
 */
final class WindowMetrics {
  private static final int HISTORY = 1_024;

  final Counter requestsIn;
  final Counter requestsRestored;
  final Counter requestsAnswered;
  final Counter rowsIn;
  final Counter rowsRestored;
  final Counter rowsAnswered;
  final Counter rowsRetried;
  final Counter batchSplits;
  final Counter batches;
  final Counter batchedRows;
  final Counter tokensReal;
  final Counter tokensPadded;
  final Counter modelReloads;
  final Histogram batchRows;
  final Histogram batchRealTokens;
  final Histogram batchPaddedTokens;
  final Histogram windowTimeUs;
  final Histogram inferenceTimeUs;
  private final MetricGroup group;
  private final LongSupplier clock;
  private final Map<String, Counter> rowsFailed = new HashMap<>();
  private final Map<String, Counter> laneBusyUs = new HashMap<>();
  private final List<Window> windows = new CopyOnWriteArrayList<>();

  /** The devices of the model's present version, by name. */
  private final Map<String, Device> devices = new ConcurrentHashMap<>();

  long requestsUnfinished;
  int rowsWaiting;
  long rowsSpilled;
  int rowsRunning;
  int batchesInFlight;

  /**
   * @param group the model's own group
   * @param limits what a full batch has
   * @param clock milliseconds since the epoch; asked by reporters
   */
  WindowMetrics(MetricGroup group, BatchingSpec limits, LongSupplier clock) {
    this.group = group;
    this.clock = clock;
    requestsIn = group.counter("requestsIn");
    requestsRestored = group.counter("requestsRestored");
    requestsAnswered = group.counter("requestsAnswered");
    rowsIn = group.counter("rowsIn");
    rowsRestored = group.counter("rowsRestored");
    rowsAnswered = group.counter("rowsAnswered");
    rowsRetried = group.counter("rowsRetried");
    batchSplits = group.counter("batchSplits");
    batches = group.counter("batches");
    batchedRows = group.counter("batchedRows");
    tokensReal = group.counter("tokensReal");
    tokensPadded = group.counter("tokensPadded");
    group.gauge("maxRows", (Gauge<Integer>) limits::maxRows);
    group.gauge("maxPaddedTokens", (Gauge<Integer>) limits::maxPaddedTokens);
    modelReloads = group.counter("modelReloads");
    for (FailureCode code : FailureCode.values()) {
      rowsFailed(code.name());
    }
    group.gauge("requestsUnfinished", (Gauge<Long>) () -> requestsUnfinished);
    group.gauge("rowsWaiting", (Gauge<Integer>) () -> rowsWaiting);
    group.gauge("rowsSpilled", (Gauge<Long>) () -> rowsSpilled);
    group.gauge("bytesSpilled", (Gauge<Long>) this::bytesSpilled);
    group.gauge("oldestRowMs", (Gauge<Long>) this::oldestRowMs);
    group.gauge("rowsRunning", (Gauge<Integer>) () -> rowsRunning);
    group.gauge("batchesInFlight", (Gauge<Integer>) () -> batchesInFlight);
    batchRows = histogram(group, "batchRows");
    batchRealTokens = histogram(group, "batchRealTokens");
    batchPaddedTokens = histogram(group, "batchPaddedTokens");
    windowTimeUs = histogram(group, "windowTimeUs");
    inferenceTimeUs = histogram(group, "inferenceTimeUs");
  }

  private static Histogram histogram(MetricGroup group, String name) {
    return group.histogram(name, new DescriptiveStatisticsHistogram(HISTORY));
  }

  /** A device that batches of this model may run on. Returns its group, for what else it shows. */
  MetricGroup device(Device device) {
    MetricGroup ofDevice = group.addGroup("device", device.name());
    devices.put(device.name(), device);
    laneBusyUs.computeIfAbsent(
        device.name(),
        name -> {
          ofDevice.gauge("lanes", (Gauge<Integer>) () -> devices.get(name).lanes());
          ofDevice.gauge(
              "lanesInUse",
              (Gauge<Integer>) () -> devices.get(name).lanes() - devices.get(name).freeLanes());
          ofDevice.gauge("laneUse", (Gauge<Double>) () -> devices.get(name).laneUse());
          return ofDevice.counter("laneBusyUs");
        });
    return ofDevice;
  }

  /** A window whose numbers these are, perhaps beside others. */
  void add(Window window) {
    windows.add(window);
  }

  private long bytesSpilled() {
    return windows.stream().mapToLong(window -> window.spill().bytes()).sum();
  }

  /** Read by reporters: the row may have left meanwhile, and its time is still what it was. */
  private long oldestRowMs() {
    long oldestUs = Long.MAX_VALUE;
    for (Window window : windows) {
      Row oldest = window.pool().oldest();
      oldestUs = oldest == null ? oldestUs : Math.min(oldestUs, oldest.enteredUs());
    }
    return oldestUs == Long.MAX_VALUE ? 0 : Math.max(0, clock.getAsLong() - oldestUs / 1_000);
  }

  void requestIn(PendingRequest request) {
    requestsIn.inc();
    requestsUnfinished++;
    rowsIn.inc(request.rowCount());
    for (int slot = 0; slot < request.rowCount(); slot++) {
      if (request.outcome(slot) != null) {
        rowEnded(request.outcome(slot));
      }
    }
  }

  void requestRestored(PendingRequest request) {
    requestsRestored.inc();
    requestsUnfinished++;
    rowsRestored.inc(request.open());
  }

  /** What waits in state at the restore. */
  void restored(Spill spill) {
    requestsRestored.inc(spill.prompts());
    requestsUnfinished += spill.prompts();
    rowsRestored.inc(spill.rows());
    rowsSpilled += spill.rows();
  }

  void requestAnswered() {
    requestsAnswered.inc();
    requestsUnfinished--;
  }

  void batchStarted(Batch batch) {
    batches.inc();
    batchesInFlight++;
    rowsWaiting -= batch.rows().size();
    rowsRunning += batch.rows().size();
    batchedRows.inc(batch.rows().size());
    tokensReal.inc(batch.realTokens());
    tokensPadded.inc(batch.paddedTokens());
    batchRows.update(batch.rows().size());
    batchRealTokens.update(batch.realTokens());
    batchPaddedTokens.update(batch.paddedTokens());
  }

  void batchEnded(Completion.BatchEnded ended) {
    batchesInFlight--;
    batchSplits.inc(ended.splits());
    laneBusyUs.get(ended.batch().engine().device().name()).inc(ended.inferenceUs());
    inferenceTimeUs.update(ended.inferenceUs());
  }

  void rowEnded(RowOutcome outcome) {
    if (outcome.hasOutput()) {
      rowsAnswered.inc();
    } else {
      rowsFailed(outcome.getError().getCode()).inc();
    }
    if (outcome.hasRun()) {
      windowTimeUs.update(outcome.getWindowUs());
    }
  }

  Counter rowsFailed(FailureCode code) {
    return rowsFailed(code.name());
  }

  private Counter rowsFailed(String code) {
    return rowsFailed.computeIfAbsent(
        code, name -> group.addGroup("code", name).counter("rowsFailed"));
  }
}
