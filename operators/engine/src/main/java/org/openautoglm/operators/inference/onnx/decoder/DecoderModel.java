package org.openautoglm.operators.inference.onnx.decoder;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.Arrays;
import java.util.List;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.generation.CachePlan;
import org.openautoglm.operators.inference.generation.Decoder;
import org.openautoglm.operators.inference.model.DecoderConfig;
import org.openautoglm.operators.inference.model.Problems;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A decoder's graph, recognised and tried, from which decoders with caches of their own are made.
 * Thread-safe. It does not own the session, which outlives it and its decoders.
 */
public final class DecoderModel {
  private static final Logger LOG = LoggerFactory.getLogger(DecoderModel.class);

  private static final String POSITIONS = "autoglm.max_positions";
  private static final int PROBE_TOKENS_MAX = 96;
  private static final int PROBE_PROMPTS = 4;
  private static final int PROBE_ANSWER_TOKENS = 8;
  private static final int PREFILL_ROWS_MAX = 8;

  /** No single cache may be larger: that is what a tensor over native memory can be. */
  private static final long CACHE_BYTES_MAX = Integer.MAX_VALUE - 64L;

  private final String name;
  private final DecoderGraph graph;
  private final DecoderForm form;
  private final int positions;
  private boolean independent = true;
  private int runTokensMax = Integer.MAX_VALUE;

  private DecoderModel(String name, DecoderGraph graph, DecoderForm form) throws OrtException {
    this.name = name;
    this.graph = graph;
    this.form = form;
    String stated = graph.session().getMetadata().getCustomMetadata().getOrDefault(POSITIONS, "");
    this.positions = stated.matches("\\d{1,9}") ? Integer.parseInt(stated) : 0;
  }

  /**
   * Recognises a graph and tries it.
   *
   * @param name the model's, for messages
   * @param directory the model's directory as it was configured, for messages
   * @param file the graph's name in it
   * @param config what the directory says about the decoder
   * @param prompts tokens to try it on, at least one, of different lengths
   * @throws ModelLoadException names all that keeps the graph from being a decoder
   */
  public static DecoderModel open(
      String name,
      String directory,
      String file,
      OrtEnvironment environment,
      OrtSession session,
      DecoderConfig config,
      List<int[]> prompts)
      throws ModelLoadException {
    try {
      Problems problems = new Problems();
      DecoderSignature signature = new SignatureReader(file, config, problems).read(session);
      problems.throwIfAny(directory);
      DecoderForm form = DecoderForm.of(environment, session, signature);
      int vocabulary = form.vocabulary(environment, session, signature);
      DecoderGraph graph = new DecoderGraph(environment, session, signature, vocabulary);
      DecoderModel model = new DecoderModel(name, graph, form);
      model.probe(prompts, config.positions());
      return model;
    } catch (OrtException e) {
      throw new ModelLoadException(
          "model "
              + name
              + " loads, but does not read a token: "
              + e.getMessage()
              + "; check that its graph has dynamic batch and sequence axes",
          e);
    }
  }

  private void probe(List<int[]> prompts, int positions) throws ModelLoadException {
    int rowMax = positions > 0 ? Math.min(PROBE_TOKENS_MAX, positions) : PROBE_TOKENS_MAX;
    int promptMax = Math.max(1, rowMax - PROBE_ANSWER_TOKENS);
    List<int[]> tried =
        prompts.stream()
            .map(prompt -> Arrays.copyOf(prompt, Math.min(prompt.length, promptMax)))
            .limit(PROBE_PROMPTS)
            .toList();
    DecoderProbe probe = new DecoderProbe(tried);
    CachePlan plan = new CachePlan(tried.size(), rowMax, tokenBytes());
    try (Decoder decoder = newDecoder(plan)) {
      independent = probe.independent(decoder);
      if (form == DecoderForm.UNCACHED) {
        LOG.warn(
            "Model {} has no caches for keys and values: each token reads its whole text again,"
                + " which is slow. To change that, export it for text-generation-with-past, or"
                + " convert it.",
            name);
      }
      if (independent) {
        return;
      }
      LOG.warn(
          "Model {} goes on differently when others are decoded beside it, as dynamically quantised"
              + " graphs do; it decodes one text at a time. To change that, convert it.",
          name);
      if (decoder.readsInChunks() && !probe.readsAtOnce(decoder)) {
        runTokensMax = 1;
        LOG.warn("Model {} also reads its prompts one token at a time, for the same reason.", name);
      }
    } catch (OrtException e) {
      throw new ModelLoadException(
          "model " + name + " loads, but does not go on from a prompt: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new ModelLoadException("model " + name + " cannot be tried: " + e, e);
    }
  }

  /** Keys and values of one token in all layers, with all the copies that the form needs, bytes. */
  public long tokenBytes() {
    return form == DecoderForm.GROWING
        ? GrowingCacheDecoder.tokenBytes(graph.signature())
        : graph.signature().tokenBytes();
  }

  /** The most rows decoded together that do not change each other's answers. */
  public int maxIndependentRows() {
    return independent ? Integer.MAX_VALUE : 1;
  }

  /** The positions that a converted graph has, whatever its directory says; 0: not stated. */
  public int positions() {
    return positions;
  }

  /** Width of a row of logits. */
  public int vocabulary() {
    return graph.vocabulary();
  }

  /** The most slots of one decoder, whatever the budget. */
  public int slotsMax(int capacityTokens) {
    long slotBytes = graph.signature().cache().bytes(1, capacityTokens);
    long slots = slotBytes == 0 ? Integer.MAX_VALUE : CACHE_BYTES_MAX / slotBytes;
    return (int) Math.max(1, Math.min(maxIndependentRows(), slots));
  }

  /** A decoder with caches of its own, taken at once. */
  public Decoder newDecoder(CachePlan plan) {
    return switch (form) {
      case SHARED ->
          new SharedCacheDecoder(
              graph, plan, Math.min(PREFILL_ROWS_MAX, plan.slots()), runTokensMax);
      case GROWING -> new GrowingCacheDecoder(graph, plan, runTokensMax);
      case UNCACHED -> new UncachedDecoder(graph, plan);
    };
  }
}
