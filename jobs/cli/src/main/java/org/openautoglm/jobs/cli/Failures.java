package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.local.Causes;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** What people see of failures: one line, no stack trace; exit codes 1 (failed) and 2 (usage). */
final class Failures {
  private static final Map<Class<? extends FileSystemException>, String> FILE_WORDS =
      Map.of(
          AccessDeniedException.class, " may not be read or written: permission denied",
          FileAlreadyExistsException.class, " is there already, and is not a directory",
          NoSuchFileException.class, " does not exist");

  private Failures() {}

  static int onMisuse(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + e.getMessage() + " (see " + name + " --help)");
    return CommandLine.ExitCode.USAGE;
  }

  static int onFailure(Exception e, CommandLine command, ParseResult result) {
    if (e instanceof ConfigurationException configuration) {
      command
          .getErr()
          .println(
              command.getCommandSpec().qualifiedName() + ": " + configuration.headline() + ":");
      configuration.problems().forEach(command.getErr()::println);
      return CommandLine.ExitCode.SOFTWARE;
    }
    command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + words(e));
    if (Boolean.getBoolean("autoglm.verbose")) {
      e.printStackTrace(command.getErr());
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  private static String words(Exception e) {
    if (e instanceof FileSystemException file && file.getReason() == null) {
      // The message of these is the file's name alone.
      return file.getFile() + FILE_WORDS.getOrDefault(file.getClass(), " cannot be used");
    }
    return e instanceof IOException || e instanceof KafkaException
        ? e.getMessage()
        : e.getClass().getSimpleName() + ": " + Causes.rootMessage(e);
  }
}
