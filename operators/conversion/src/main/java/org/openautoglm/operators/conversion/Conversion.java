package org.openautoglm.operators.conversion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.openautoglm.operators.conversion.check.ConversionReport;
import org.openautoglm.operators.conversion.check.DisagreementException;
import org.openautoglm.operators.conversion.check.GraphRuntime;

/**
 * From a model's directory (a checkpoint or an ONNX export) to one whose graph the engine runs
 * best. The new directory appears whole and checked, or not at all.
 */
public final class Conversion {
  /** Rises whenever the same source would become another graph; kept conversions are then stale. */
  public static final int VERSION = 3;

  private final Request request;
  private final GraphRuntime runtime;
  private final Consumer<String> progress;

  private Conversion(Request request, GraphRuntime runtime, Consumer<String> progress) {
    this.request = request;
    this.runtime = runtime;
    this.progress = progress;
  }

  /**
   * What is wanted.
   *
   * @param source a model's directory
   * @param target the new directory; nothing may be there
   * @param weights what its weights shall be
   * @param head what an encoder's graph shall do at its end
   * @param text a text in UTF-8 to measure perplexity on, instead of the built-in dialogues
   * @param perplexityMax how far the perplexity may be from the original's, as a share of it,
   *     instead of what holds for the weights
   */
  public record Request(
      Path source,
      Path target,
      Weights weights,
      HeadChoice head,
      Optional<Path> text,
      OptionalDouble perplexityMax) {

    /** With the built-in text and the ordinary bar. */
    public static Request of(Path source, Path target, Weights weights) {
      return new Request(
          source, target, weights, HeadChoice.FROM_MODEL, Optional.empty(), OptionalDouble.empty());
    }
  }

  /**
   * Converts.
   *
   * @param runtime runs original and converted graph for the check
   * @param progress takes words for people, now and then
   * @return the report that stands in the new directory too
   * @throws IOException when nothing was put in place; the message is for people, names the file or
   *     the layer and says what to do
   */
  public static ConversionReport run(
      Request request, GraphRuntime runtime, Consumer<String> progress) throws IOException {
    return new Conversion(request, runtime, progress).run();
  }

  /**
   * SHA-256 over everything in a directory that a conversion depends on, hexadecimal.
   *
   * @throws IOException when the directory has no model, or cannot be read
   */
  public static String sourceDigest(Path source) throws IOException {
    SortedMap<String, Path> files = SmallFiles.of(source);
    files.putAll(SourceFiles.weights(source));
    return FileSums.ofAll(files);
  }

  private ConversionReport run() throws IOException {
    if (!Files.isDirectory(request.source())) {
      throw new ConversionException("there is no model directory " + request.source());
    }
    Path source = request.source().toRealPath();
    requireFile(source, "config.json", "a model's save_pretrained() writes it");
    requireFile(source, "tokenizer.json", "a fast tokenizer's save_pretrained() writes it");
    boolean decoder = SourceFiles.isDecoder(source);
    try (NewDirectory directory = NewDirectory.at(request.target())) {
      progress.accept("reading " + request.source());
      String digest = sourceDigest(source);
      Work work = new Work(source, directory.model(), directory.work(), digest, runtime, progress);
      SmallFiles.copy(source, directory.model());
      ConversionReport report = convert(work, decoder);
      Files.writeString(directory.model().resolve(ConversionReport.FILE), report.json());
      FileSums.write(directory.model());
      directory.finish();
      return report;
    }
  }

  private ConversionReport convert(Work work, boolean decoder) throws IOException {
    try {
      return decoder
          ? new DecoderPath(work, request).convert()
          : new EncoderPath(work, request).convert();
    } catch (DisagreementException e) {
      String other =
          switch (request.weights()) {
            case FP32 -> "please report it with the model's name";
            case INT8, INT8_ROWS -> "try the weights int8-blocks or fp32";
            case FP16, INT8_BLOCKS -> "try the weights fp32";
            case INT4 -> "try the weights int8 or fp32";
          };
      throw new ConversionException(e.getMessage() + "\nNothing was written; " + other, e);
    }
  }

  private static void requireFile(Path source, String name, String mend)
      throws ConversionException {
    if (!Files.isRegularFile(source.resolve(name))) {
      throw new ConversionException(source + " has no " + name + "; " + mend);
    }
  }
}
