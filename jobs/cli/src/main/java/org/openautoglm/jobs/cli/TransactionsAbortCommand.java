package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.common.JobID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.openautoglm.jobs.cluster.FlinkRest;
import org.openautoglm.jobs.cluster.RunningJob;
import org.openautoglm.jobs.kafka.transactions.OpenTransaction;
import org.openautoglm.jobs.kafka.transactions.OpenTransactions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code transactions abort [ID… | --all] [--force]}. */
@Command(
    name = "abort",
    header = "Abort a job's open transactions",
    description = {
      "Aborts open transactions of a job, by id or all of them, so that readers go on. A job that is to",
      "go on from its checkpoint ends them by itself, and commits what the checkpoint had prepared:",
      "where that is aborted here, the job will say so, and `reconcile --republish` puts it back.",
      "Refused while a job of that name runs on the cluster that --cluster names."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  autoglm transactions abort --all --config job.yaml",
      "  autoglm transactions abort autoglm-refusals-1-0 --bootstrap b:9092"
    })
final class TransactionsAbortCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private TransactionOptions options;
  @Mixin private ClusterOptions cluster;

  @Parameters(paramLabel = "ID", arity = "0..*", description = "which, see transactions list")
  private List<String> ids = List.of();

  @Option(names = "--all", description = "every open transaction of the job")
  private boolean all;

  @Option(names = "--force", description = "although a job of that name runs")
  private boolean force;

  @Override
  public Integer call() throws Exception {
    if (ids.isEmpty() != all) {
      throw new ParameterException(spec.commandLine(), "name the transactions, or give --all");
    }
    TransactionOptions.Job job = options.job();
    PrintWriter words = spec.commandLine().getErr();
    if (!force) {
      requireNoneRuns(job, words);
    }
    try (Admin admin = Admin.create(job.admin())) {
      OpenTransactions transactions = new OpenTransactions(admin, job.ids());
      List<OpenTransaction> open = TransactionsCommand.find(transactions, job, words);
      Set<String> unknown = new HashSet<>(ids);
      int failures = 0;
      for (OpenTransaction one : open) {
        unknown.remove(one.id());
        if (all || ids.contains(one.id())) {
          failures += abort(transactions, one, job) ? 0 : 1;
        }
      }
      unknown.forEach(id -> words.println(id + " is no open transaction of " + job.prefix()));
      return failures == 0 && unknown.isEmpty() ? 0 : 1;
    }
  }

  private boolean abort(
      OpenTransactions transactions, OpenTransaction one, TransactionOptions.Job job)
      throws InterruptedException {
    try {
      transactions.abort(one, job.producer());
      spec.commandLine().getOut().println(one.id());
      return true;
    } catch (ExecutionException | KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      spec.commandLine().getErr().println(one.id() + " was not aborted: " + cause.getMessage());
      return false;
    }
  }

  private void requireNoneRuns(TransactionOptions.Job job, PrintWriter words) throws IOException {
    Optional<JobID> running;
    try (FlinkRest flink = cluster.open()) {
      running = RunningJob.find(flink, job.job());
    } catch (IOException e) {
      words.println(
          "no cluster could be asked whether the job runs ("
              + e.getMessage()
              + "); see to it that none does");
      return;
    }
    if (running.isPresent()) {
      throw new IOException(
          "the job %s runs (%s), and what it is about to commit would be lost; cancel it first, or give --force"
              .formatted(job.job(), running.get()));
    }
  }
}
