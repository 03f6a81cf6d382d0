package org.openautoglm.jobs.kafka.start;

import org.apache.flink.api.connector.source.SourceEvent;

/** From the enumerator to a reader: this start has been looked at, and may read. */
record Admitted() implements SourceEvent {
  private static final long serialVersionUID = 1L;
}
