package org.openautoglm.operators.tracing;

import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.Origin;

/** The W3C trace context in a record's headers; one that is not well formed is none. */
final class TraceHeaders {
  private static final TextMapGetter<Origin> HEADERS =
      new TextMapGetter<>() {
        @Override
        public String get(Origin origin, String name) {
          for (Header header : origin.getHeadersList()) {
            if (header.getKey().equalsIgnoreCase(name)) {
              return header.getValue().toStringUtf8();
            }
          }
          return null;
        }
      };

  private TraceHeaders() {}

  /** What a request's span is a child of. */
  static Context parent(Origin origin) {
    return origin.getHeadersCount() == 0
        ? Context.root()
        : W3CTraceContextPropagator.getInstance().extract(Context.root(), origin, HEADERS);
  }
}
