package org.openautoglm.operators.tracing;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * One exporter for all subtasks of a job in a process: opened by the first, closed with the last,
 * so that a job leaves no thread behind that would keep its class loader. Statics live in the job's
 * own class loader, so jobs do not meet here.
 */
final class SharedExport {
  private static final Map<TracingSpec, SharedExport> OPEN = new HashMap<>();

  private final TracingSpec spec;
  private final SpanQueue queue;
  private final SdkTracerProvider provider;
  private int users;

  private SharedExport(TracingSpec spec) {
    this.spec = spec;
    this.queue = new SpanQueue(exporter(spec), spec.queueMax());
    Sampler share = Sampler.traceIdRatioBased(1.0 / spec.sampleOneIn());
    this.provider =
        SdkTracerProvider.builder()
            .setResource(
                Resource.getDefault()
                    .merge(
                        Resource.create(
                            Attributes.builder()
                                .put("service.name", spec.serviceName())
                                .put("process.pid", ProcessHandle.current().pid())
                                .build())))
            .setSampler(spec.followParent() ? Sampler.parentBased(share) : share)
            .addSpanProcessor(queue)
            .build();
  }

  private static SpanExporter exporter(TracingSpec spec) {
    // The HTTP client's thread would keep the job's class loader until the client is collected.
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
    try {
      return OtlpHttpSpanExporter.builder()
          .setEndpoint(spec.endpoint())
          .setTimeout(Duration.ofSeconds(5))
          // A collector that is away loses spans rather than time.
          .setRetryPolicy(null)
          .build();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** Joins the users of this process's exporter for that spec. */
  static SharedExport acquire(TracingSpec spec) {
    synchronized (OPEN) {
      SharedExport export = OPEN.computeIfAbsent(spec, SharedExport::new);
      export.users++;
      return export;
    }
  }

  Tracer tracer() {
    return provider.get("org.openautoglm");
  }

  SpanQueue queue() {
    return queue;
  }

  /** Leaves; the last to leave closes it. */
  void release() {
    synchronized (OPEN) {
      users--;
      if (users > 0) {
        return;
      }
      OPEN.remove(spec);
    }
    queue.close();
    provider.shutdown();
  }
}
