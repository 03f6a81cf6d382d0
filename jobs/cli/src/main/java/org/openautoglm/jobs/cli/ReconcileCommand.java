package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.apache.kafka.common.KafkaException;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.configuration.JobConfiguration.Delivery;
import org.openautoglm.jobs.configuration.KafkaConfiguration;
import org.openautoglm.jobs.configuration.ReadMoment;
import org.openautoglm.jobs.kafka.clients.KafkaFailure;
import org.openautoglm.jobs.reconcile.Bound;
import org.openautoglm.jobs.reconcile.ReconcileClients;
import org.openautoglm.jobs.reconcile.ReconcileRequest;
import org.openautoglm.jobs.reconcile.ReconcileRequest.Prompts;
import org.openautoglm.jobs.reconcile.Reconciliation;
import org.openautoglm.jobs.reconcile.Summary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code reconcile [--config F] [--from X] [--to X] [--since D] [--republish] [--json]}. */
@Command(
    name = "reconcile",
    header = "Hold what came out against what went in",
    description = {
      "Reads the prompts topic and what names its records: results, dead letters and audit events.",
      "Prints each record that the job has read and that has no outcome, two of them, or no audit",
      "event, and counts the others. Exits with 1 where there is such a record, with 0 where there is",
      "none. Records at or behind the offset of the job's group are not read yet. What a job that",
      "runs, or a savepoint, still holds cannot be told from what is lost: --wait looks again."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  autoglm reconcile --config job.yaml --since 2h",
      "  autoglm reconcile --bootstrap b:9092 --from 1200000 --json | jq .records",
      "  autoglm reconcile --config job.yaml --wait 60s --republish"
    })
final class ReconcileCommand implements Callable<Integer> {
  /** People wait for it. */
  private static final Map<String, Object> TIMEOUTS =
      Map.of("default.api.timeout.ms", "10000", "request.timeout.ms", "5000");

  private final Interruption interruption;

  @Spec private CommandSpec spec;
  @Mixin private BrokerOptions broker;
  @Mixin private ReconciledTopics topics;

  @Option(
      names = "--config",
      paramLabel = "F",
      description =
          "the job's configuration: its brokers, topics and names, instead of those below")
  private Optional<Path> config = Optional.empty();

  @Option(
      names = "--from",
      paramLabel = "X",
      description = "the first record of each partition: an offset, or a time in RFC 3339")
  private Optional<String> from = Optional.empty();

  @Option(names = "--to", paramLabel = "X", description = "behind the last one, likewise")
  private Optional<String> to = Optional.empty();

  @Option(
      names = "--since",
      paramLabel = "D",
      description = "only what was published in the last time, such as 2h")
  private Optional<Duration> since = Optional.empty();

  @Option(
      names = "--partition",
      paramLabel = "P",
      split = ",",
      description = "only these partitions of the prompts topic")
  private Set<Integer> partitions = Set.of();

  @Option(
      names = "--wait",
      paramLabel = "D",
      defaultValue = "0s",
      description = "look again for what is missing, until nothing has come for so long")
  private Duration patience;

  @Option(
      names = "--republish",
      description = {
        "publish again what was read and has no outcome, with its id, key, headers and timestamp;",
        "safe to repeat. Not while a job or a savepoint still holds it: it would be answered twice"
      })
  private boolean republish;

  @Option(
      names = "--while-running",
      description =
          "republish although the job seems to run: it has nothing of it in hand, with --to TIME"
              + " nothing from before that")
  private boolean whileRunning;

  @Option(
      names = "--at-least-once",
      description = "duplicates are no fault; so it is where the configuration says so")
  private boolean duplicatesAllowed;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Option(
      names = "--max",
      paramLabel = "N",
      defaultValue = "100",
      description = "print so many records at most in the table; ${DEFAULT-VALUE} unless given")
  private long most;

  ReconcileCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws Exception {
    if (since.isPresent() && from.isPresent()) {
      throw new ParameterException(spec.commandLine(), "give --since or --from, not both");
    }
    ReconcileRequest request = config.isPresent() ? ofJob(config.get()) : ofTopics();
    try {
      return reconcile(request);
    } catch (KafkaException e) {
      throw new IOException(
          KafkaFailure.words(e, request.clients().consumer(), request.clients().said()), e);
    }
  }

  private int reconcile(ReconcileRequest request) throws Exception {
    PrintWriter words = spec.commandLine().getErr();
    ReconcileProgress progress = new ReconcileProgress(words, interruption);
    try (Reconciliation reconciliation =
        new Reconciliation(request, progress, interruption::await)) {
      reconciliation.read();
      Optional<String> life = reconciliation.signOfLife();
      if (republish && life.isPresent() && !whileRunning) {
        throw new IOException(
            "the job seems to run, for "
                + life.get()
                + ": what it has in hand would be answered twice. Cancel it; or, where it cannot hold"
                + " what is missing, as after a start without state or after a lost transaction, and"
                + " has answered all else that was published before --to, give --while-running");
      }
      ReconcileReport report =
          json
              ? new ReconcileJson(spec.commandLine().getOut())
              : new ReconcileTable(spec.commandLine().getOut(), most);
      Summary summary = reconciliation.report(republish, report::finding);
      report.end(summary);
      say(words, summary, life);
      return summary.holds() || summary.republished() == summary.broken() ? 0 : 1;
    }
  }

  private static void say(PrintWriter words, Summary summary, Optional<String> life) {
    summary.notes().forEach(words::println);
    if (summary.republished() > 0) {
      words.println(
          summary.republished()
              + " record(s) published again; reconcile once more when the job has answered them");
    } else if (!summary.holds()) {
      words.println(
          life.map(sign -> "the job seems to run, for " + sign + ": some may still be answered")
              .orElse(
                  "no sign of a running job; a savepoint or checkpoint that one will go on from"
                      + " may hold what has no outcome. Otherwise it is lost: --republish"));
    }
  }

  private ReconcileRequest ofJob(Path file) throws Exception {
    JobConfiguration job = ConfigurationFile.load(file);
    KafkaConfiguration kafka = job.kafka();
    return request(
        ReconcileClients.of(kafka),
        new ReconciledTopics.Names(
            new Prompts(
                kafka.topics().promptTopics(),
                Optional.ofNullable(kafka.topics().promptsPattern()).map(Pattern::compile)),
            kafka.topics().results(),
            kafka.topics().audit(),
            kafka.topics().deadLetters(),
            kafka.groupId(),
            kafka.transactionalIdPrefix()),
        duplicatesAllowed || job.delivery() == Delivery.AT_LEAST_ONCE,
        bound(kafka.startFrom()),
        bound(kafka.until()));
  }

  /** What the job itself reads, where it says so by times. */
  private static Bound bound(ReadMoment moment) {
    return moment != null && moment.kind() == ReadMoment.Kind.TIME
        ? new Bound.AtTime(moment.timeMs())
        : new Bound.AtEdge();
  }

  private ReconcileRequest ofTopics() throws IOException {
    return request(
        ReconcileClients.of(broker.with(TIMEOUTS)),
        topics.names(),
        duplicatesAllowed,
        new Bound.AtEdge(),
        new Bound.AtEdge());
  }

  private ReconcileRequest request(
      ReconcileClients clients,
      ReconciledTopics.Names names,
      boolean duplicates,
      Bound usualFrom,
      Bound usualTo) {
    return new ReconcileRequest(
        clients,
        names.prompts(),
        names.results(),
        names.audit(),
        names.deadLetters(),
        names.group(),
        names.transactionalIdPrefix(),
        since
            .<Bound>map(d -> new Bound.AtTime(Instant.now().minus(d).toEpochMilli()))
            .orElseGet(() -> bound("--from", from, usualFrom)),
        bound("--to", to, usualTo),
        partitions,
        patience,
        duplicates);
  }

  private Bound bound(String option, Optional<String> value, Bound usual) {
    if (value.isEmpty()) {
      return usual;
    }
    try {
      return Bound.parse(value.get());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), option + ": " + e.getMessage());
    }
  }
}
