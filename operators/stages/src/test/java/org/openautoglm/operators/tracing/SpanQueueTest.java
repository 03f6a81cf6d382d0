package org.openautoglm.operators.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SpanQueueTest {

  /** A collector that takes nothing until it is let go, and then all or nothing. */
  private static final class Gate implements SpanExporter {
    final CountDownLatch asked = new CountDownLatch(1);
    final CountDownLatch open = new CountDownLatch(1);
    final AtomicInteger taken = new AtomicInteger();
    private final boolean takes;

    Gate(boolean takes) {
      this.takes = takes;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      asked.countDown();
      try {
        open.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return CompletableResultCode.ofFailure();
      }
      taken.addAndGet(takes ? spans.size() : 0);
      return takes ? CompletableResultCode.ofSuccess() : CompletableResultCode.ofFailure();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  private static void end(SdkTracerProvider provider, int spans) {
    for (int i = 0; i < spans; i++) {
      provider.get("test").spanBuilder("span " + i).startSpan().end();
    }
  }

  @Test
  void dropsAndCountsWhatHasNoRoomAndNeverWaits() throws Exception {
    Gate collector = new Gate(true);
    SpanQueue queue = new SpanQueue(collector, 3);
    SdkTracerProvider provider = SdkTracerProvider.builder().addSpanProcessor(queue).build();
    end(provider, 1);
    collector.asked.await();
    // One is on its way, three wait, and for four there is no room.
    end(provider, 7);
    assertThat(queue.dropped()).isEqualTo(4);
    collector.open.countDown();
    queue.close();
    assertThat(collector.taken).hasValue(4);
    assertThat(queue.exported()).isEqualTo(4);
    assertThat(queue.dropped()).isEqualTo(4);
  }

  @Test
  void countsWhatTheCollectorDoesNotTake() {
    Gate collector = new Gate(false);
    collector.open.countDown();
    SpanQueue queue = new SpanQueue(collector, 10);
    end(SdkTracerProvider.builder().addSpanProcessor(queue).build(), 5);
    queue.close();
    assertThat(queue.exported()).isZero();
    assertThat(queue.dropped()).isEqualTo(5);
  }

  @Test
  void closesInTheMiddleOfAnExportThatHangs() throws Exception {
    Gate collector = new Gate(true);
    SpanQueue queue = new SpanQueue(collector, 10);
    SdkTracerProvider provider = SdkTracerProvider.builder().addSpanProcessor(queue).build();
    end(provider, 1);
    collector.asked.await();
    end(provider, 2);
    queue.close();
    assertThat(queue.exported()).isZero();
    assertThat(queue.dropped()).isEqualTo(3);
    end(provider, 1);
    assertThat(queue.dropped()).isEqualTo(4);
  }
}
