package org.openautoglm.operators.tracing;

import java.io.Serializable;

/**
 * Whether and how requests are traced.
 *
 * @param endpoint where spans go, OTLP over HTTP, the whole address; empty: nowhere
 * @param sampleOneIn every so-manieth trace is kept, 1 for all
 * @param followParent whether a request that comes with a {@code traceparent} is kept exactly when
 *     that says so
 * @param serviceName what the spans' resource is called
 * @param queueMax spans that wait to be exported; beyond it they are dropped, and counted
 */
public record TracingSpec(
    String endpoint, int sampleOneIn, boolean followParent, String serviceName, int queueMax)
    implements Serializable {

  /** No tracing. */
  public static final TracingSpec OFF = new TracingSpec("", 1, true, "autoglm", 1);

  public TracingSpec {
    if (sampleOneIn < 1 || queueMax < 1) {
      throw new IllegalArgumentException(
          "sampleOneIn and queueMax must be 1 or more, not " + sampleOneIn + ", " + queueMax);
    }
  }

  boolean isOn() {
    return !endpoint.isEmpty();
  }
}
