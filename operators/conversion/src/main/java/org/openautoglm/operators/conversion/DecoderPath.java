package org.openautoglm.operators.conversion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.openautoglm.operators.conversion.check.CanonicalDecoder;
import org.openautoglm.operators.conversion.check.CheckTexts;
import org.openautoglm.operators.conversion.check.ConversionReport;
import org.openautoglm.operators.conversion.check.ConversionReport.Figure;
import org.openautoglm.operators.conversion.check.ConversionReport.Finding;
import org.openautoglm.operators.conversion.check.DecoderBar;
import org.openautoglm.operators.conversion.check.DecoderCheck;
import org.openautoglm.operators.conversion.check.DisagreementException;
import org.openautoglm.operators.conversion.check.ExportedDecoder;
import org.openautoglm.operators.conversion.check.GraphRuntime.TextEncoder;
import org.openautoglm.operators.conversion.check.LoadedGraph;
import org.openautoglm.operators.conversion.check.LoadedGraph.Element;
import org.openautoglm.operators.conversion.decoder.DecoderConversion;
import org.openautoglm.operators.conversion.decoder.WeightFormat;
import org.openautoglm.operators.conversion.quantization.ByteProducts;
import org.openautoglm.operators.conversion.weights.DequantizedExport;

/**
 * Decoders: the canonical graph, held against the export that its weights came from, or against
 * itself with exact weights where only a checkpoint is there.
 */
final class DecoderPath {
  private final Work work;
  private final Conversion.Request request;

  DecoderPath(Work work, Conversion.Request request) {
    this.work = work;
    this.request = request;
  }

  ConversionReport convert() throws IOException {
    WeightFormat format = format(request.weights());
    CheckTexts texts = texts();
    write(work.model(), format);
    Optional<Reference> reference = reference(format);
    try {
      return judge(format, texts, reference);
    } catch (DisagreementException e) {
      if (request.weights() != Weights.INT8 || format != WeightFormat.INT8_ROWS) {
        throw e;
      }
      // Whoever leaves the form to us wants 8 bits, and these are closer.
      work.words().accept("by rows it does not agree, in blocks it may: " + e.getMessage());
      Files.delete(work.model().resolve(Work.GRAPH));
      Files.deleteIfExists(work.model().resolve(Work.GRAPH + ".data"));
      write(work.model(), WeightFormat.INT8_BLOCKS);
      return judge(WeightFormat.INT8_BLOCKS, texts, reference);
    }
  }

  private ConversionReport judge(
      WeightFormat format, CheckTexts texts, Optional<Reference> reference) throws IOException {
    Path converted = work.model().resolve(Work.GRAPH);
    DecoderCheck.Result result =
        new DecoderCheck(texts, bar(format, reference), work.words())
            .run(
                reference.map(Reference::opener),
                () -> new CanonicalDecoder(work.runtime().load(converted)));
    OptionalDouble originalBytes =
        reference.isPresent()
            ? OptionalDouble.of((double) Work.bytes(reference.get().graph()))
            : OptionalDouble.empty();
    List<Figure> figures = new ArrayList<>();
    figures.add(Work.size(originalBytes, Work.bytes(converted)));
    figures.addAll(result.figures());
    List<Finding> findings = new ArrayList<>(result.findings());
    findings.add(work.sourceFinding());
    return new ConversionReport(
        CanonicalDecoder.GRAPH,
        format.label(),
        work.digest(),
        Conversion.VERSION,
        reference.map(Reference::words).orElse("none: nothing else here runs this checkpoint"),
        figures,
        findings);
  }

  private static WeightFormat format(Weights weights) {
    return switch (weights) {
      case FP32 -> WeightFormat.FP32;
      case FP16 -> WeightFormat.FP16;
      case INT8 ->
          ByteProducts.ofThisMachine() == ByteProducts.SIGNED
              ? WeightFormat.INT8_BLOCKS
              : WeightFormat.INT8_ROWS;
      case INT8_BLOCKS -> WeightFormat.INT8_BLOCKS;
      case INT8_ROWS -> WeightFormat.INT8_ROWS;
      case INT4 -> WeightFormat.INT4;
    };
  }

  private CheckTexts texts() throws IOException {
    try (TextEncoder tokenizer =
        work.runtime().tokenizer(work.source().resolve("tokenizer.json"))) {
      return CheckTexts.of(tokenizer, SourceFiles.chatTemplate(work.source()), request.text());
    }
  }

  private void write(Path directory, WeightFormat format) throws IOException {
    write(directory, format, "writing " + format.label() + " weights");
  }

  private void write(Path directory, WeightFormat format, String words) throws IOException {
    DecoderConversion.convert(
        work.source(), directory, format, work.metadata(), work.progress(words));
  }

  /**
   * What is right.
   *
   * @param graph the file that is run
   * @param words what it is
   * @param exact whether it computes with 32-bit floats
   */
  private record Reference(Path graph, DecoderCheck.Opener opener, String words, boolean exact) {}

  /**
   * The export where it runs, with dynamic quantisation undone; otherwise, where weights are
   * rounded, the canonical graph with exact ones.
   */
  private Optional<Reference> reference(WeightFormat format) throws IOException {
    boolean checkpoint = SourceFiles.hasSafetensors(work.source());
    Optional<Path> export = SourceFiles.graph(work.source());
    if (export.isPresent()) {
      Optional<Reference> runs = export(export.get(), checkpoint);
      if (runs.isPresent()) {
        return runs;
      }
    }
    if (format == WeightFormat.FP32) {
      return Optional.empty();
    }
    Path directory = work.scratch("exact");
    write(directory, WeightFormat.FP32, "writing fp32 weights to compare with");
    Path graph = directory.resolve(Work.GRAPH);
    return Optional.of(
        new Reference(
            graph,
            () -> new CanonicalDecoder(work.runtime().load(graph)),
            "the same graph with fp32 weights",
            true));
  }

  private Optional<Reference> export(Path export, boolean checkpoint) throws IOException {
    String name = work.source().relativize(export).toString();
    Path plain = work.scratch("export").resolve(Work.GRAPH);
    int groups =
        DequantizedExport.write(export, plain, work.progress("writing the export to compare with"));
    if (groups > 0 && checkpoint) {
      // The checkpoint's weights are the better ones, and this is not what they would answer.
      return Optional.empty();
    }
    try (LoadedGraph graph = work.runtime().load(plain)) {
      Optional<String> obstacle = ExportedDecoder.obstacle(graph);
      if (obstacle.isPresent()) {
        work.words().accept(name + " is not compared with: " + obstacle.get());
        return Optional.empty();
      }
      boolean exact =
          LoadedGraph.find(graph.outputs(), "present.0.key")
              .map(slot -> slot.element() == Element.FLOAT)
              .orElse(true);
      return Optional.of(
          new Reference(
              plain,
              () -> new ExportedDecoder(work.runtime().load(plain)),
              groups > 0 ? name + " with its dynamic int8 undone" : name,
              exact));
    }
  }

  private DecoderBar bar(WeightFormat format, Optional<Reference> reference) {
    boolean exact = reference.map(Reference::exact).orElse(true);
    DecoderBar bar =
        switch (format) {
          case FP32 -> exact ? DecoderBar.EXACT : DecoderBar.HALF;
          case FP16 -> DecoderBar.HALF;
          case INT8_BLOCKS, INT8_ROWS -> DecoderBar.ROUNDED;
          case INT4 -> DecoderBar.FOUR_BITS;
        };
    return request.perplexityMax().isPresent()
        ? bar.withPerplexityMax(request.perplexityMax().getAsDouble())
        : bar;
  }
}
