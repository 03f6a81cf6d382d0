package org.openautoglm.jobs.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.openautoglm.jobs.configuration.CheckpointPatience;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code validate F.yaml}. */
@Command(
    name = "validate",
    header = "Check a configuration",
    description = {
      "Checks a configuration and prints every problem, one a line, with its line in the file.",
      "Exits with 0 when there is none, 1 otherwise. Models and brokers are not looked for."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  autoglm validate job.yaml"})
final class ValidateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "F.yaml", description = "the configuration")
  private Path file;

  @Override
  public Integer call() throws Exception {
    PrintWriter words = spec.commandLine().getErr();
    try {
      JobConfiguration configuration = ConfigurationFile.load(file);
      words.printf(
          "%s is valid: %d model(s), %s%n",
          file,
          configuration.models().size(),
          configuration.delivery().name().toLowerCase(Locale.ROOT));
      CheckpointPatience.warning(configuration)
          .ifPresent(warning -> words.println("warning: " + warning));
      return 0;
    } catch (ConfigurationException e) {
      e.problems().forEach(spec.commandLine().getOut()::println);
      words.println(e.headline());
      return 1;
    }
  }
}
