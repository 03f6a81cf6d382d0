package org.openautoglm.operators.inference.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.openautoglm.operators.conversion.quantization.ByteProducts;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.EncoderSpec.Normalization;
import org.openautoglm.operators.inference.EncoderSpec.Pooling;
import org.openautoglm.operators.inference.ModelIdentity;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.inference.model.ModelDirectory.EmbeddingHead;
import org.openautoglm.operators.inference.model.ModelDirectory.Scores;
import org.openautoglm.operators.inference.model.Problems;
import org.openautoglm.operators.inference.onnx.runtime.RuntimeEnvironment;
import org.openautoglm.operators.inference.onnx.runtime.Sessions;
import org.openautoglm.operators.inference.tokenization.Tokenizer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes an engine of an encoder's directory: session, head, and the probe that decides what it may
 * do.
 */
final class EncoderLoader {
  private static final Logger LOG = LoggerFactory.getLogger(EncoderLoader.class);

  private final ModelSpec spec;
  private final ModelDirectory directory;

  EncoderLoader(ModelSpec spec, ModelDirectory directory) {
    this.spec = spec;
    this.directory = directory;
  }

  /**
   * Loads and probes.
   *
   * @param gpu the GPU that the device stands for, or the CPU
   * @throws ModelLoadException when the model cannot serve on this device
   */
  OnnxEngine load(Device device, OptionalInt gpu) throws ModelLoadException {
    long startNanos = System.nanoTime();
    OrtEnvironment environment = RuntimeEnvironment.get();
    OrtSession graph = Sessions.load(environment, directory.graph(), gpu);
    Optional<ConvertedGraph> converted = converted(graph);
    EncoderSession session = session(environment, graph);
    boolean loaded = false;
    try {
      LoadProbe probe = new LoadProbe(spec.name(), session, probeRows());
      AnswerHead head = head(session, converted, probe);
      int maxIndependentRows = probe.independent(head) ? Integer.MAX_VALUE : 1;
      if (maxIndependentRows == 1) {
        LOG.warn(
            "Model {} answers a text differently when others run beside it, as dynamically"
                + " quantised graphs do; it runs with one row a batch. To batch it, convert it once"
                + " with `./autoglm models convert {} --out DIR2`, or set quantize: int8.",
            spec.name(),
            spec.path());
      }
      LOG.info(
          "Model {} ({}) is ready on {} after {} ms",
          spec.name(),
          directory.graph(),
          device,
          (System.nanoTime() - startNanos) / 1_000_000);
      loaded = true;
      ModelIdentity identity =
          new ModelIdentity(spec.name(), directory.version(), directory.digest());
      return new OnnxEngine(identity, device, session, head, maxIndependentRows);
    } finally {
      if (!loaded) {
        session.close();
      }
    }
  }

  /** What a converted graph says of itself, if it fits the configuration. */
  private Optional<ConvertedGraph> converted(OrtSession session) throws ModelLoadException {
    boolean fits = false;
    try {
      Optional<ConvertedGraph> converted =
          ConvertedGraph.of(session.getMetadata().getCustomMetadata());
      if (converted.isPresent()) {
        converted.get().requireFit(spec, ByteProducts.ofThisMachine());
      }
      fits = true;
      return converted;
    } catch (OrtException e) {
      throw new ModelLoadException(directory.graph() + " cannot be read: " + e.getMessage(), e);
    } finally {
      if (!fits) {
        Sessions.close(session);
      }
    }
  }

  private EncoderSession session(OrtEnvironment environment, OrtSession session)
      throws ModelLoadException {
    boolean usable = false;
    try {
      Problems problems = new Problems();
      String file = directory.root().relativize(directory.graph()).toString();
      boolean pooled =
          spec.encoder().pooling() == Pooling.FROM_MODEL
              || ConvertedGraph.of(session.getMetadata().getCustomMetadata()).isPresent();
      GraphSignature signature = GraphSignature.of(session, file, spec.task(), pooled, problems);
      problems.throwIfAny(spec.path());
      usable = true;
      return new EncoderSession(environment, session, signature, directory.padTokenId());
    } catch (OrtException e) {
      throw new ModelLoadException(directory.graph() + " cannot be read: " + e.getMessage(), e);
    } finally {
      if (!usable) {
        Sessions.close(session);
      }
    }
  }

  private List<int[]> probeRows() throws ModelLoadException {
    int tokensMax = Math.max(2, directory.limits().stated());
    List<int[]> rows = new ArrayList<>();
    try (Tokenizer tokenizer = Tokenizer.open(directory.tokenizer())) {
      for (String text : ProbeTexts.ALL) {
        rows.add(tokenizer.truncate(tokenizer.encode(text), tokensMax));
      }
    }
    return rows;
  }

  private AnswerHead head(
      EncoderSession session, Optional<ConvertedGraph> converted, LoadProbe probe)
      throws ModelLoadException {
    if (spec.task() == TaskType.EMBEDDING) {
      return new EmbeddingAnswers(
          converted.isPresent()
              ? pooledHead(converted.get())
              : embeddingHead(session.isPerToken()));
    }
    int width = probe.width();
    if (width != directory.labels().size()) {
      throw new ModelLoadException(
          "model "
              + spec.name()
              + ": its graph gives "
              + width
              + " scores, but id2label in config.json names "
              + directory.labels().size()
              + " classes; name each score");
    }
    return new ClassAnswers(directory.labels(), scores(session, width, probe));
  }

  private Scores scores(EncoderSession session, int width, LoadProbe probe)
      throws ModelLoadException {
    if (session.givesProbabilities()) {
      return Scores.PROBABILITIES;
    }
    if (directory.scores().isPresent()) {
      return directory.scores().get();
    }
    return width == 1 ? Scores.INDEPENDENT_LOGITS : probe.scores();
  }

  /** What is left to do of an embedding that the graph has pooled: nothing is done twice. */
  private EmbeddingHead pooledHead(ConvertedGraph converted) {
    boolean normalize =
        !converted.normalized() && spec.encoder().normalization() == Normalization.L2;
    return new EmbeddingHead(Pooling.CLS, normalize);
  }

  private EmbeddingHead embeddingHead(boolean perToken) throws ModelLoadException {
    EncoderSpec configured = spec.encoder();
    Pooling pooling = configured.pooling();
    if (pooling == Pooling.FROM_MODEL && directory.head().isPresent()) {
      pooling = directory.head().get().pooling();
    }
    if (pooling == Pooling.FROM_MODEL && perToken) {
      throw new ModelLoadException(
          "model "
              + spec.name()
              + ": its directory has no modules.json that says how token vectors are pooled; set"
              + " pooling to cls or mean");
    }
    boolean normalize =
        configured.normalization() == Normalization.FROM_MODEL
            ? directory.head().map(EmbeddingHead::normalize).orElse(false)
            : configured.normalization() == Normalization.L2;
    return new EmbeddingHead(pooling, normalize);
  }
}
