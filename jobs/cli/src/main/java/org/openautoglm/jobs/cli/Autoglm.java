package org.openautoglm.jobs.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.openautoglm.jobs.local.JobDefinition;
import org.openautoglm.jobs.topology.InferenceJob;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line: data to standard output, words for people to standard error; exit codes 0, 1
 * (failed) and 2 (usage).
 */
@Command(
    name = "autoglm",
    description = "Language-model inference inside an Apache Flink job.",
    mixinStandardHelpOptions = true,
    version = "Open-AutoGLM 0.1.0",
    synopsisSubcommandLabel = "COMMAND")
public final class Autoglm {
  private Autoglm() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    Interruption interruption = Interruption.ofProcess();
    PrintWriter words = writer(FileDescriptor.err);
    BrokerEnd.sayOn(words);
    int code =
        commandLine(InferenceJob::define, interruption)
            .setOut(writer(FileDescriptor.out))
            .setErr(words)
            .execute(args);
    interruption.finish(code);
  }

  /** The whole command line, with the job that {@code demo} and {@code local} run. */
  static CommandLine commandLine(JobDefinition job, Interruption interruption) {
    return new CommandLine(new Autoglm())
        .addSubcommand(new DemoCommand(job, interruption))
        .addSubcommand(new LocalCommand(job, interruption))
        .addSubcommand(new BrokerCommand(interruption))
        .addSubcommand(new ClusterCommand(interruption))
        .addSubcommand(new SubmitCommand(job, interruption))
        .addSubcommand(new SavepointCommand())
        .addSubcommand(new CancelCommand(interruption))
        .addSubcommand(new PublishCommand(interruption))
        .addSubcommand(new ConsumeCommand(interruption))
        .addSubcommand(new ReconcileCommand(interruption))
        .addSubcommand(
            new CommandLine(new TransactionsCommand())
                .addSubcommand(new TransactionsCommand.ListCommand())
                .addSubcommand(new TransactionsAbortCommand()))
        .addSubcommand(
            new CommandLine(new ModelsCommand()).addSubcommand(new ConvertCommand(interruption)))
        .addSubcommand(new ValidateCommand())
        .addSubcommand(new BenchCommand())
        .registerConverter(Duration.class, new DurationOption())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpWidth(100)
        .setExecutionExceptionHandler(Failures::onFailure)
        .setParameterExceptionHandler(Failures::onMisuse);
  }

  // Not the platform's encoding: texts are often Chinese, and locales are often unset.
  private static PrintWriter writer(FileDescriptor descriptor) {
    return new PrintWriter(
        new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), true);
  }
}
