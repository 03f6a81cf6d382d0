package org.openautoglm.jobs.models;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.DevicePreference;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RetrySpec;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.inference.onnx.OnnxModelProvider;

/**
 * What a model's directory holds and how the job would run it, for people.
 *
 * @param lines one fact each
 */
public record ModelReport(List<String> lines) {

  public ModelReport {
    lines = List.copyOf(lines);
  }

  /**
   * Reads a directory and loads its model on the CPU once.
   *
   * @throws IOException names everything that is missing or wrong
   */
  public static ModelReport of(String location) throws IOException {
    ModelDirectory directory = ModelDirectory.open(location);
    GraphReport graph = GraphReport.of(directory.graph());
    Optional<TaskType> task = graph.generates() ? Optional.empty() : Optional.of(task(directory));
    List<String> lines = new ArrayList<>();
    lines.add(line("directory", directory.root()));
    lines.add(
        line(
            "task",
            task.map(found -> found.name().toLowerCase(Locale.ROOT)).orElse("text_generation")
                + " (by its files)"));
    lines.add(line("graph", directory.root().relativize(directory.graph())));
    graph.lines().forEach(fact -> lines.add(line(fact.getKey(), fact.getValue())));
    lines.add(line("sha256", directory.digest()));
    lines.add(line("version", directory.version().isEmpty() ? "not stated" : directory.version()));
    lines.add(
        line(
            "tokens",
            "at most %d stated, %d positions"
                .formatted(directory.limits().stated(), directory.limits().positions())));
    if (task.isPresent()) {
      lines.addAll(answers(directory));
      lines.add(line("batches", independence(location, task.get())));
    } else if (!graph.isConverted()) {
      lines.add(line("batches", "not before it is converted: " + convert(location)));
    }
    lines.addAll(ConversionSummary.lines(directory.root()));
    return new ModelReport(lines);
  }

  private static List<String> answers(ModelDirectory directory) {
    List<String> lines = new ArrayList<>();
    directory
        .head()
        .ifPresent(
            head ->
                lines.add(
                    line(
                        "head",
                        head.pooling().name().toLowerCase(Locale.ROOT)
                            + " pooling, "
                            + (head.normalize() ? "normalised" : "not normalised"))));
    if (!directory.labels().isEmpty()) {
      lines.add(line("labels", String.join(", ", directory.labels())));
    }
    directory
        .scores()
        .ifPresent(scores -> lines.add(line("scores", scores.name().toLowerCase(Locale.ROOT))));
    return lines;
  }

  private static String convert(String location) {
    return "./autoglm models convert " + location + " --out DIR2";
  }

  private static TaskType task(ModelDirectory directory) {
    if (Files.exists(directory.root().resolve("generation_config.json"))) {
      return TaskType.TEXT_GENERATION;
    }
    boolean classifies = directory.head().isEmpty() && directory.labels().size() > 1;
    return classifies ? TaskType.CLASSIFICATION : TaskType.EMBEDDING;
  }

  private static String independence(String location, TaskType task) throws ModelLoadException {
    ModelSpec spec =
        new ModelSpec(
            location,
            task,
            location,
            DevicePreference.CPU,
            1,
            EncoderSpec.FROM_MODEL,
            new BatchingSpec(32, 1024, 0, 1024, BatchingSpec.Policy.FIRST_COME_FIRST_SERVED, 0),
            new RetrySpec(1, 1, 1));
    // On the CPU nobody asks which GPUs a task manager offers.
    try (EngineLease lease = new OnnxModelProvider().engines(spec)) {
      if (task == TaskType.TEXT_GENERATION) {
        return "at most %d texts at a time".formatted(lease.engines().get(0).device().lanes());
      }
      return lease.engines().get(0).maxIndependentRows() == 1
          ? "one row a batch: its answers depend on their neighbours; mend it with "
              + convert(location)
          : "rows do not change each other's answers";
    }
  }

  private static String line(String name, Object value) {
    return "%-10s %s".formatted(name, value);
  }
}
