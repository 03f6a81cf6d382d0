package org.openautoglm.jobs.reconcile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/** What a reader of the counts must know beside them, for people. */
final class Notes {
  private Notes() {}

  static List<String> of(
      BrokerView brokers,
      List<TopicPartition> prompts,
      OutcomeReading outcomes,
      ReconcileRequest request)
      throws IOException {
    List<String> notes = new ArrayList<>();
    brokers
        .hidden(outcomes.partitions())
        .forEach(
            (at, offsets) ->
                notes.add(
                    "%s: %d offsets stand behind a transaction that is open, and do not count yet"
                        .formatted(at, offsets)));
    brokers
        .hidden(prompts)
        .forEach(
            (at, offsets) ->
                notes.add(
                    "%s: %d offsets stand behind a transaction that a publisher has open; the job"
                            .formatted(at, offsets)
                        + " does not read on until it ends"));
    if (outcomes.unplaced() > 0) {
      notes.add(
          outcomes.unplaced()
              + " results do not name their record, as earlier versions wrote them: they were"
              + " matched by request id");
    }
    if (outcomes.unreadable() > 0) {
      notes.add(outcomes.unreadable() + " records of " + request.audit() + " are no audit events");
    }
    return notes;
  }
}
