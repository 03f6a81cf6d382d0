package org.openautoglm.jobs.cli;

import java.io.IOException;
import org.apache.kafka.common.KafkaException;
import org.openautoglm.jobs.local.Causes;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** What people see of failures: one line, no stack trace; exit codes 1 (failed) and 2 (usage). */
final class Failures {
  private Failures() {}

  static int onMisuse(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + e.getMessage() + " (see " + name + " --help)");
    return CommandLine.ExitCode.USAGE;
  }

  static int onFailure(Exception e, CommandLine command, ParseResult result) {
    String message =
        e instanceof IOException || e instanceof KafkaException
            ? e.getMessage()
            : e.getClass().getSimpleName() + ": " + Causes.rootMessage(e);
    command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + message);
    if (Boolean.getBoolean("autoglm.verbose")) {
      e.printStackTrace(command.getErr());
    }
    return CommandLine.ExitCode.SOFTWARE;
  }
}
