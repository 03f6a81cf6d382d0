package org.openautoglm.jobs.kafka.transactions;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.TransactionDescription;

/**
 * A transaction whose answers are lost.
 *
 * @param words what is known of it, for people
 */
record LostTransaction(TransactionName name, String words) {

  static LostTransaction of(
      TransactionName name,
      OptionalLong restoredCheckpoint,
      String why,
      Optional<TransactionDescription> now,
      Throwable cause) {
    return new LostTransaction(
        name,
        "transaction %s%s cannot be committed and its answers are lost: %s (%s; %s)"
            .formatted(
                name,
                restoredCheckpoint.isPresent()
                    ? " (restored from checkpoint " + restoredCheckpoint.getAsLong() + ")"
                    : "",
                why,
                now.map(
                        id ->
                            "its id is now in %s with producer %d, epoch %d"
                                .formatted(id.state(), id.producerId(), id.producerEpoch()))
                    .orElse("its id is unknown"),
                cause));
  }

  /** One line, for whoever looks at the log, and for whoever submits the job again. */
  static String message(List<LostTransaction> lost) {
    String names =
        lost.stream().map(each -> each.name().toString()).collect(Collectors.joining(", "));
    return "%s. `autoglm reconcile` names the prompts without an outcome. To go on: add %s to kafka.lost_transactions, start from the same checkpoint, then, when it has caught up, `autoglm reconcile --republish --while-running --to TIME_OF_THAT_START --wait 2m`"
        .formatted(
            lost.stream().map(LostTransaction::words).collect(Collectors.joining("; ")), names);
  }
}
