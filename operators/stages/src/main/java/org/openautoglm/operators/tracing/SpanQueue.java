package org.openautoglm.operators.tracing;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Spans on their way out: a bounded queue and one thread that exports them in batches. Whoever ends
 * a span never waits: where the queue is full the span is dropped and counted, and so is a batch
 * that the collector does not take.
 */
final class SpanQueue implements SpanProcessor {
  private static final Logger LOG = LoggerFactory.getLogger(SpanQueue.class);
  private static final int BATCH_MAX = 512;
  private static final long EXPORT_SECONDS = 10;
  private static final long CLOSE_SECONDS = 5;

  private final SpanExporter exporter;
  private final BlockingQueue<SpanData> waiting;
  private final AtomicLong exported = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final Thread thread;
  private volatile boolean closing;
  private boolean failed;

  SpanQueue(SpanExporter exporter, int waitingMax) {
    this.exporter = exporter;
    this.waiting = new ArrayBlockingQueue<>(waitingMax);
    this.thread = new Thread(this::run, "autoglm-spans");
    this.thread.setDaemon(true);
    this.thread.start();
  }

  /** Spans that a collector has taken. */
  long exported() {
    return exported.get();
  }

  /** Spans that were lost: no room, or not taken. */
  long dropped() {
    return dropped.get();
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {}

  @Override
  public boolean isStartRequired() {
    return false;
  }

  @Override
  public void onEnd(ReadableSpan span) {
    if (closing || !waiting.offer(span.toSpanData())) {
      dropped.incrementAndGet();
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  private void run() {
    List<SpanData> batch = new ArrayList<>(BATCH_MAX);
    while (!closing || !waiting.isEmpty()) {
      try {
        SpanData first = waiting.poll(100, TimeUnit.MILLISECONDS);
        if (first != null) {
          batch.add(first);
          waiting.drainTo(batch, BATCH_MAX - 1);
          export(batch);
          batch.clear();
        }
      } catch (InterruptedException e) {
        // Closing took too long: what is left is lost.
        break;
      }
    }
    dropped.addAndGet(batch.size() + waiting.size());
  }

  private void export(List<SpanData> batch) {
    if (exporter.export(List.copyOf(batch)).join(EXPORT_SECONDS, TimeUnit.SECONDS).isSuccess()) {
      exported.addAndGet(batch.size());
      failed = false;
      return;
    }
    dropped.addAndGet(batch.size());
    if (!failed) {
      LOG.warn("The tracing endpoint takes no spans; they are dropped until it does");
      failed = true;
    }
  }

  /** Exports what waits, for a few seconds at most, and ends the thread and the exporter. */
  @Override
  public void close() {
    closing = true;
    try {
      thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
      thread.interrupt();
      thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
    exporter.shutdown().join(CLOSE_SECONDS, TimeUnit.SECONDS);
  }
}
