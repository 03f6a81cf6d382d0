package org.openautoglm.operators.conversion;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.openautoglm.operators.conversion.HeadChoice.Task;
import org.openautoglm.operators.conversion.check.AnswerRule;
import org.openautoglm.operators.conversion.check.CheckTexts;
import org.openautoglm.operators.conversion.check.ConversionReport;
import org.openautoglm.operators.conversion.check.ConversionReport.Figure;
import org.openautoglm.operators.conversion.check.ConversionReport.Finding;
import org.openautoglm.operators.conversion.check.DecoderCheck;
import org.openautoglm.operators.conversion.check.EncoderBar;
import org.openautoglm.operators.conversion.check.EncoderCheck;
import org.openautoglm.operators.conversion.check.EncoderModel;
import org.openautoglm.operators.conversion.check.GraphDivergence;
import org.openautoglm.operators.conversion.check.GraphRuntime.TextEncoder;
import org.openautoglm.operators.conversion.check.LoadedGraph;
import org.openautoglm.operators.conversion.check.LoadedGraph.Element;
import org.openautoglm.operators.conversion.check.LoadedGraph.Slot;
import org.openautoglm.operators.conversion.encoder.EncoderConversion;
import org.openautoglm.operators.conversion.encoder.EncoderHead;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Pooling;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Scores;
import org.openautoglm.operators.conversion.encoder.EncoderWeights;
import org.openautoglm.operators.conversion.weights.DequantizedExport;

/**
 * Encoders: their export with other products and its head inside, held against the export itself,
 * with dynamic quantisation undone and the same head in Java.
 */
final class EncoderPath {
  /** The value of the metadata {@code autoglm.graph} of such graphs. */
  static final String GRAPH = "encoder-1";

  private static final int ROW_TOKENS_MAX = 256;
  private static final int ROW_TOKENS_UNTOLD = 64;

  private final Work work;
  private final Conversion.Request request;
  private final HeadReading reading;

  EncoderPath(Work work, Conversion.Request request) throws IOException {
    this.work = work;
    this.request = request;
    this.reading = new HeadReading(work.source(), request.head());
  }

  ConversionReport convert() throws IOException {
    EncoderWeights weights = weights();
    Path export =
        SourceFiles.graph(work.source())
            .orElseThrow(
                () ->
                    new ConversionException(
                        work.source()
                            + " is no decoder of a known family and has no ONNX export"
                            + " (model.onnx, onnx/model.onnx); encoders are converted from one"));
    Path plain = work.scratch("export").resolve(Work.GRAPH);
    int groups =
        DequantizedExport.write(export, plain, work.progress("writing the export to compare with"));
    List<int[]> rows = rows();
    String output = output(plain);
    EncoderHead head = head(plain, output, rows);
    Path converted = work.model().resolve(Work.GRAPH);
    EncoderConversion.convert(
        export,
        converted,
        head,
        weights,
        work.metadata(),
        work.progress("writing " + weights.label() + " weights"));
    boolean classes = head instanceof EncoderHead.Classes;
    DecoderCheck.Result result =
        new EncoderCheck(rows, classes, bar(weights), work.words())
            .run(
                () ->
                    EncoderModel.exported(
                        work.runtime().load(plain), output, rule(head), reading.padding()),
                () -> EncoderModel.converted(work.runtime().load(converted), reading.padding()),
                () -> place(plain, converted, rows.get(0), weights));
    String name = work.source().relativize(export).toString();
    List<Figure> figures = new ArrayList<>();
    figures.add(Work.size(OptionalDouble.of((double) Work.bytes(plain)), Work.bytes(converted)));
    figures.addAll(result.figures());
    List<Finding> findings = new ArrayList<>(result.findings());
    findings.add(work.sourceFinding());
    return new ConversionReport(
        GRAPH,
        request.weights().label(),
        work.digest(),
        Conversion.VERSION,
        groups > 0 ? name + " with its dynamic int8 undone" : name,
        figures,
        findings);
  }

  private EncoderWeights weights() throws ConversionException {
    return switch (request.weights()) {
      case FP32 -> EncoderWeights.FP32;
      case INT8, INT8_ROWS -> EncoderWeights.ROWWISE_INT8;
      case INT8_BLOCKS -> EncoderWeights.INT8_BLOCKS;
      case FP16, INT4 ->
          throw new ConversionException(
              "encoders have no "
                  + request.weights().label()
                  + " weights here; choose fp32, int8 or int8-blocks");
    };
  }

  private static EncoderBar bar(EncoderWeights weights) {
    return switch (weights) {
      case FP32 -> EncoderBar.EXACT;
      case ROWWISE_INT8 -> EncoderBar.ROWS;
      case INT8_BLOCKS -> EncoderBar.BLOCKS;
    };
  }

  private List<int[]> rows() throws IOException {
    int positions = reading.positions();
    int tokensMax = positions == 0 ? ROW_TOKENS_UNTOLD : Math.min(ROW_TOKENS_MAX, positions);
    try (TextEncoder tokenizer =
        work.runtime().tokenizer(work.source().resolve("tokenizer.json"))) {
      return CheckTexts.rows(tokenizer, tokensMax);
    }
  }

  /** The output of the export that answers are made of; the converter chooses the same. */
  private String output(Path plain) throws IOException {
    boolean classes = reading.task() == Task.CLASSIFICATION;
    List<String> names =
        classes
            ? List.of("logits")
            : List.of("last_hidden_state", "token_embeddings", "sentence_embedding");
    try (LoadedGraph graph = work.runtime().load(plain)) {
      for (String name : names) {
        if (LoadedGraph.find(graph.outputs(), name).isPresent()) {
          return name;
        }
      }
      return graph.outputs().stream()
          .filter(slot -> slot.element() == Element.FLOAT)
          .filter(slot -> slot.shape().size() == 2 || (!classes && slot.shape().size() == 3))
          .map(Slot::name)
          .findFirst()
          .orElseThrow(
              () ->
                  new ConversionException(
                      "the export has no output for the task "
                          + reading.task()
                          + " among "
                          + graph.outputs()
                          + "; check --task"));
    }
  }

  private EncoderHead head(Path plain, String output, List<int[]> rows) throws IOException {
    if (reading.task() == Task.CLASSIFICATION) {
      Optional<Scores> stated = reading.scores();
      return new EncoderHead.Classes(
          stated.isPresent() ? stated.get() : seenScores(plain, output, rows));
    }
    boolean pooled;
    try (LoadedGraph graph = work.runtime().load(plain)) {
      pooled = LoadedGraph.find(graph.outputs(), output).orElseThrow().shape().size() == 2;
    }
    return new EncoderHead.Embedding(pooled ? Pooling.CLS : reading.pooling(), reading.normalize());
  }

  /** What the scores are, seen from their sums. */
  private Scores seenScores(Path plain, String output, List<int[]> rows) throws IOException {
    boolean probabilities = true;
    boolean logProbabilities = true;
    try (EncoderModel model =
        EncoderModel.exported(
            work.runtime().load(plain),
            output,
            (values, tokens, width) -> values,
            reading.padding())) {
      for (int[] row : rows) {
        double sum = 0;
        double sumOfExponentials = 0;
        boolean negative = false;
        for (float value : model.answers(List.of(row)).get(0)) {
          sum += value;
          sumOfExponentials += Math.exp(value);
          negative |= value < 0;
        }
        probabilities &= !negative && Math.abs(sum - 1) <= 1e-3;
        logProbabilities &= Math.abs(sumOfExponentials - 1) <= 1e-3;
      }
    }
    if (logProbabilities) {
      return Scores.LOG_PROBABILITIES;
    }
    return probabilities ? Scores.PROBABILITIES : Scores.LOGITS;
  }

  private static AnswerRule rule(EncoderHead head) {
    if (head instanceof EncoderHead.Embedding embedding) {
      return embedding.pooling() == Pooling.MEAN
          ? AnswerRule.mean(embedding.normalize())
          : AnswerRule.first(embedding.normalize());
    }
    return switch (((EncoderHead.Classes) head).scores()) {
      case INDEPENDENT_LOGITS -> AnswerRule.sigmoid();
      case PROBABILITIES -> (values, tokens, width) -> values;
      case LOGITS, LOG_PROBABILITIES -> AnswerRule.softmax();
    };
  }

  private String place(Path plain, Path converted, int[] row, EncoderWeights weights) {
    double share = weights == EncoderWeights.FP32 ? 1e-2 : 0.2;
    try {
      return new GraphDivergence(work.runtime(), share)
          .place(plain, converted, row, work.scratch("places"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
