package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.AuthorizationException;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.kafka.clients.KafkaFailure;
import org.openautoglm.jobs.kafka.transactions.OpenTransaction;
import org.openautoglm.jobs.kafka.transactions.OpenTransactions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code transactions list}; {@code transactions abort} is its subcommand too. */
@Command(
    name = "transactions",
    header = "List and abort transactions that a job left open",
    description = {
      "What a job's transactions hold open, readers of committed records wait for. A job that starts",
      "ends what earlier runs of it left; these are for when none is to start."
    },
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  autoglm transactions list --config job.yaml",
      "  autoglm transactions abort --all --config job.yaml"
    })
final class TransactionsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "say list or abort");
  }

  /** {@code transactions list [--config F | --bootstrap B --prefix P] [--json]}. */
  @Command(
      name = "list",
      header = "List a job's open transactions",
      description = {
        "Prints a job's open transactions, oldest first: id, state, age, producer id and epoch, and the",
        "partitions that they hold. One that is `Hanging` is known to its partition only and never",
        "times out."
      },
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Examples:",
        "  autoglm transactions list --config job.yaml",
        "  autoglm transactions list --bootstrap b:9092 --prefix autoglm --json"
      })
  static final class ListCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private TransactionOptions options;

    @Option(names = "--json", description = "print one JSON array")
    private boolean json;

    @Override
    public Integer call() throws IOException, ConfigurationException, InterruptedException {
      TransactionOptions.Job job = options.job();
      try (Admin admin = Admin.create(job.admin())) {
        List<OpenTransaction> open =
            find(new OpenTransactions(admin, job.ids()), job, spec.commandLine().getErr());
        PrintWriter out = spec.commandLine().getOut();
        long nowMs = System.currentTimeMillis();
        if (json) {
          TransactionTable.printJson(out, open, nowMs);
        } else {
          TransactionTable.print(out, open, nowMs);
        }
        out.flush();
        spec.commandLine()
            .getErr()
            .println(open.size() + " open transaction(s) of " + job.prefix());
        return 0;
      }
    }
  }

  /** What is open, and what hangs where that may be looked for. */
  static List<OpenTransaction> find(
      OpenTransactions transactions, TransactionOptions.Job job, PrintWriter words)
      throws IOException, InterruptedException {
    try {
      List<OpenTransaction> open = new ArrayList<>(transactions.known());
      try {
        open.addAll(transactions.hanging(job.outputs(), System.currentTimeMillis()));
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof AuthorizationException)) {
          throw e;
        }
        words.println("hanging ones were not looked for, as that needs Read on " + job.outputs());
      }
      return open;
    } catch (ExecutionException e) {
      throw failure(job, e);
    }
  }

  static IOException failure(TransactionOptions.Job job, ExecutionException e) {
    return new IOException(
        "the transactions of %s at %s: %s"
            .formatted(
                job.prefix(),
                job.admin().get("bootstrap.servers"),
                KafkaFailure.words(e, job.admin(), job.said())),
        e);
  }
}
