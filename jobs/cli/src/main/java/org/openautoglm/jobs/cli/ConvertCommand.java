package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.openautoglm.operators.conversion.Conversion;
import org.openautoglm.operators.conversion.HeadChoice;
import org.openautoglm.operators.conversion.HeadChoice.Pooling;
import org.openautoglm.operators.conversion.HeadChoice.Task;
import org.openautoglm.operators.conversion.Weights;
import org.openautoglm.operators.conversion.check.ConversionReport;
import org.openautoglm.operators.inference.onnx.OnnxGraphRuntime;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code models convert DIR --out DIR2 [--weights W]}. */
@Command(
    name = "convert",
    header = "Converts a model to the graph that the engine runs best",
    description = {
      "Makes of a checkpoint (safetensors) or an ONNX export a directory whose graph is fast and"
          + " whose",
      "answers do not depend on their neighbours. The result is compared with its original first;",
      "what does not agree is not written."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Weights:",
      "  fp32         as exact as the original",
      "  fp16         for CUDA; decoders only",
      "  int8         the default: by rows, but for decoders in blocks where the CPU has VNNI",
      "  int8-blocks  blocks of 32: closer to the original; slower without VNNI",
      "  int8-rows    a scale for each row of activations and each output of a layer",
      "  int4         decoders only; small models do not stand it",
      "",
      "Examples:",
      "  autoglm models convert models/minimind2-small --out models/minimind2-int8",
      "  autoglm models convert models/bge-small-zh --out models/bge-int8 --weights int8-blocks"
    })
final class ConvertCommand implements Callable<Integer> {
  private static final long SAID_EVERY_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Interruption interruption;
  private String lastStep = "";
  private long lastSaidNanos;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "the model's directory")
  private Path directory;

  @Option(
      names = "--out",
      paramLabel = "DIR2",
      required = true,
      description = "the new directory; nothing may be there yet")
  private Path out;

  @Option(
      names = "--weights",
      paramLabel = "W",
      defaultValue = "int8",
      converter = WeightsOption.class,
      completionCandidates = WeightsOption.class,
      description = "${COMPLETION-CANDIDATES}; int8 unless given")
  private Weights weights;

  @Option(
      names = "--text",
      paramLabel = "FILE",
      description = "a text in UTF-8 to measure perplexity on, instead of the built-in dialogues")
  private Path text;

  @Option(
      names = "--max-perplexity-change",
      paramLabel = "PERCENT",
      description = "how far perplexity may move; 1 unless given, 10 for int4")
  private Double perplexityPercent;

  @Option(
      names = "--task",
      paramLabel = "TASK",
      description = "what an encoder is for, embedding or classification; else as its files look")
  private Task task;

  @Option(
      names = "--pooling",
      paramLabel = "P",
      description = "how an embedding is pooled, cls or mean; else as its directory says")
  private Pooling pooling;

  @Option(
      names = "--normalize",
      negatable = true,
      description = "scale embeddings to length 1, or do not; else as the directory says")
  private Boolean normalize;

  @Option(names = "--json", description = "the report as JSON instead of a table")
  private boolean json;

  ConvertCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException {
    if (perplexityPercent != null && !(perplexityPercent > 0 && perplexityPercent < 1e6)) {
      throw new ParameterException(
          spec.commandLine(), "--max-perplexity-change must be above 0, not " + perplexityPercent);
    }
    HeadChoice head =
        new HeadChoice(
            Optional.ofNullable(task),
            Optional.ofNullable(pooling),
            Optional.ofNullable(normalize));
    Conversion.Request request =
        new Conversion.Request(
            directory,
            out,
            weights,
            head,
            Optional.ofNullable(text),
            perplexityPercent == null
                ? OptionalDouble.empty()
                : OptionalDouble.of(perplexityPercent / 100));
    try {
      report(Conversion.run(request, new OnnxGraphRuntime(), this::progress));
      return 0;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void report(ConversionReport report) {
    if (json) {
      spec.commandLine().getOut().print(report.json());
    } else {
      report.table().forEach(spec.commandLine().getOut()::println);
    }
    spec.commandLine().getOut().flush();
    spec.commandLine().getErr().println(out + " is ready");
  }

  /** Also where a conversion ends early, so that it cleans up. */
  private void progress(String words) {
    if (interruption.isRequested()) {
      throw new UncheckedIOException(
          new InterruptedIOException("interrupted; " + out + " was not written"));
    }
    // A line for each step of its own, and of steps that only count, one now and then.
    String step = words.replaceAll("[0-9]+", "");
    long now = System.nanoTime();
    if (!step.equals(lastStep) || now - lastSaidNanos >= SAID_EVERY_NANOS) {
      lastStep = step;
      lastSaidNanos = now;
      spec.commandLine().getErr().println(words);
    }
  }

  /** {@code int8-blocks} and the like. */
  static final class WeightsOption implements ITypeConverter<Weights>, Iterable<String> {
    @Override
    public Weights convert(String value) {
      return Weights.of(value)
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'" + value + "' is none of " + String.join(", ", this)));
    }

    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(Weights.values()).map(Weights::label).iterator();
    }
  }
}
