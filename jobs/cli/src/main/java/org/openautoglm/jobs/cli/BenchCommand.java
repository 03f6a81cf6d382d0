package org.openautoglm.jobs.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.openautoglm.jobs.bench.Benchmark;
import org.openautoglm.jobs.bench.BenchmarkContext;
import org.openautoglm.jobs.bench.Benchmarks;
import org.openautoglm.jobs.bench.Measurement;
import org.openautoglm.jobs.bench.MeasurementReport;
import org.openautoglm.jobs.local.TemporaryDirectory;
import org.openautoglm.jobs.models.ModelStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bench [NAME…] [--json]}. */
@Command(
    name = "bench",
    header = "Measure",
    description = "Runs benchmarks and prints their figures, as ratios from one run.",
    mixinStandardHelpOptions = true,
    footer = {"", "Examples:", "  autoglm bench --list", "  autoglm bench --json > figures.jsonl"})
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "NAME", arity = "0..*", description = "which; all without a name")
  private List<String> names = List.of();

  @Option(names = "--json", description = "one JSON object a line instead of a table")
  private boolean json;

  @Option(names = "--list", description = "only say which there are")
  private boolean list;

  @Override
  public Integer call() throws Exception {
    if (list) {
      Benchmarks.all().forEach(each -> out("%-24s %s%n", each.name(), each.description()));
      return 0;
    }
    for (Benchmark benchmark : chosen()) {
      words(benchmark.name() + ": " + benchmark.description());
      run(benchmark);
    }
    return 0;
  }

  private List<Benchmark> chosen() {
    List<Benchmark> all = Benchmarks.all();
    for (String name : names) {
      if (all.stream().noneMatch(each -> each.name().equals(name))) {
        throw new ParameterException(
            spec.commandLine(),
            "there is no benchmark %s; there are %s"
                .formatted(name, String.join(", ", all.stream().map(Benchmark::name).toList())));
      }
    }
    return all.stream().filter(each -> names.isEmpty() || names.contains(each.name())).toList();
  }

  private void run(Benchmark benchmark) throws Exception {
    Path directory = Files.createTempDirectory("autoglm-bench");
    try {
      List<Measurement> measurements =
          benchmark.run(new BenchmarkContext(directory, ModelStore.ofEnvironment(), this::words));
      if (json) {
        measurements.forEach(each -> out("%s%n", MeasurementReport.json(each)));
      } else {
        out("%s%n", MeasurementReport.table(measurements));
      }
    } finally {
      TemporaryDirectory.delete(directory);
    }
  }

  private void out(String format, Object... values) {
    spec.commandLine().getOut().printf(format, values).flush();
  }

  private void words(String line) {
    spec.commandLine().getErr().println(line);
  }
}
