/**
 * Spans of a request over the stages, made where it settles and exported by OTLP. The one package
 * that knows OpenTelemetry.
 */
package org.openautoglm.operators.tracing;
