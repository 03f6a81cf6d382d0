package org.openautoglm.operators.settlement;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.wire.Error;
import org.openautoglm.schemas.wire.InferenceResult;

/**
 * Counts what becomes of prompts. The conservation law in counters, over the job: the records that
 * decode read equal {@code resultsOk + resultsPartial + resultsError + deadLetters}, summed over
 * both settle stages, plus what still waits or runs in the windows. {@code requestsFailed}, one
 * counter for each code, adds up to all of these but {@code resultsOk}. Called by the task thread
 * only.
 */
final class SettleMetrics {
  private static final int HISTOGRAM_SAMPLES = 1024;

  private final MetricGroup metrics;
  private final Counter ok;
  private final Counter partial;
  private final Counter error;
  private final Counter deadLetters;
  private final Map<String, Counter> failedByCode = new HashMap<>();
  private final Histogram queueTimeUs;
  private final Histogram totalTimeUs;

  SettleMetrics(MetricGroup group) {
    metrics = group.addGroup("autoglm").addGroup("stage", "settle");
    ok = metrics.counter("resultsOk");
    partial = metrics.counter("resultsPartial");
    error = metrics.counter("resultsError");
    deadLetters = metrics.counter("deadLetters");
    for (FailureCode code : FailureCode.values()) {
      failedByCode.put(code.name(), requestsFailed(code.name()));
    }
    queueTimeUs =
        metrics.histogram("queueTimeUs", new DescriptiveStatisticsHistogram(HISTOGRAM_SAMPLES));
    totalTimeUs =
        metrics.histogram("totalTimeUs", new DescriptiveStatisticsHistogram(HISTOGRAM_SAMPLES));
  }

  /** The stage's own group. */
  MetricGroup group() {
    return metrics;
  }

  void settled(InferenceResult result, Origin origin, long nowUs) {
    switch (result.getStatus()) {
      case OK -> ok.inc();
      case PARTIAL -> partial.inc();
      default -> error.inc();
    }
    if (result.hasError()) {
      failed(result.getError());
    }
    queueTimeUs.update(Math.round(Settlement.queueMs(origin) * 1000));
    totalTimeUs.update(Math.round(Settlement.totalMs(origin, nowUs) * 1000));
  }

  void deadLetter(Error error) {
    deadLetters.inc();
    failed(error);
  }

  private void failed(Error error) {
    failedByCode.computeIfAbsent(error.getCode(), this::requestsFailed).inc();
  }

  /** Also of a code that only a later version knows, which a savepoint may hold. */
  private Counter requestsFailed(String code) {
    return metrics.addGroup("code", code).counter("requestsFailed");
  }
}
