package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code consume [--bootstrap B] [--topic T] [--max N] [--timeout D]}. */
@Command(
    name = "consume",
    header = "Print committed records as JSON lines",
    description = {
      "Prints the committed records of a topic as JSON lines, from its beginning, until Ctrl-C.",
      "Results in protobuf are printed as JSON; what is not JSON comes with its key and headers."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  autoglm consume --max 10",
      "  autoglm consume --topic autoglm.audit --timeout 5s",
      "  autoglm consume --latest | jq .outputs"
    })
final class ConsumeCommand implements Callable<Integer> {
  private final Interruption interruption;

  @Spec private CommandSpec spec;
  @Mixin private BrokerOptions broker;

  @Option(
      names = "--topic",
      paramLabel = "T",
      defaultValue = "autoglm.results",
      description = "${DEFAULT-VALUE} unless given")
  private String topic;

  @Option(names = "--max", paramLabel = "N", description = "end after so many records")
  private Optional<Long> most;

  @Option(
      names = "--timeout",
      paramLabel = "D",
      description = "end when no record came for so long, such as 30s")
  private Optional<Duration> timeout;

  @Option(names = "--latest", description = "only what is committed from now on")
  private boolean latest;

  ConsumeCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException {
    if (most.isPresent() && most.get() < 1) {
      throw new ParameterException(spec.commandLine(), "--max must be 1 or more");
    }
    PrintWriter words = spec.commandLine().getErr();
    try (WaitingWords waiting = new WaitingWords(words, WaitingWords.PATIENCE);
        CommittedRecords records =
            new CommittedRecords(broker.with(CommittedRecords.properties()), topic, latest)) {
      waiting.on("%s and its topic %s".formatted(broker.bootstrap(), topic));
      long printed = print(records, waiting);
      if (!records.isAssigned()) {
        throw new IOException(
            "there is no topic %s at %s; create it, or name another with --topic"
                .formatted(topic, broker.bootstrap()));
      }
      words.println(printed + " record(s) of " + topic);
      return 0;
    }
  }

  private long print(CommittedRecords records, WaitingWords waiting) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    long printed = 0;
    long lastNanos = System.nanoTime();
    boolean told = false;
    while (!interruption.isRequested() && !out.checkError()) {
      for (ConsumerRecord<byte[], byte[]> record : records.poll()) {
        waiting.over();
        out.println(RecordLine.of(record));
        lastNanos = System.nanoTime();
        printed++;
        if (most.isPresent() && printed >= most.get()) {
          return printed;
        }
      }
      if (timeout.isPresent() && System.nanoTime() - lastNanos > timeout.get().toNanos()) {
        return printed;
      }
      if (!records.isAssigned()) {
        interruption.await(Duration.ofMillis(200));
      } else if (!told) {
        told = true;
        waiting.on(
            "committed records of %s, until %s"
                .formatted(topic, timeout.isPresent() ? "--timeout" : "Ctrl-C"));
      }
    }
    return printed;
  }
}
