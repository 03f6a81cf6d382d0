package org.openautoglm.operators.inference.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.GenerationSpec;
import org.openautoglm.operators.inference.ModelIdentity;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RefusedInputException;
import org.openautoglm.operators.inference.generation.CachePlan;
import org.openautoglm.operators.inference.generation.Decoder;
import org.openautoglm.operators.inference.generation.GenerationModel;
import org.openautoglm.operators.inference.generation.GenerationSettings;
import org.openautoglm.operators.inference.generation.Generations;
import org.openautoglm.operators.inference.generation.Supervision;
import org.openautoglm.operators.inference.model.DecoderConfig;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.inference.model.Problems;
import org.openautoglm.operators.inference.onnx.decoder.DecoderModel;
import org.openautoglm.operators.inference.onnx.runtime.RuntimeEnvironment;
import org.openautoglm.operators.inference.onnx.runtime.Sessions;
import org.openautoglm.operators.inference.tokenization.PromptPreparer;
import org.openautoglm.operators.inference.tokenization.Tokenizer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes an engine of a decoder's directory: one session, and as many decoders over it as the device
 * has lanes, each with a thread and a part of the caches of its own.
 */
final class DecoderLoader {
  private static final Logger LOG = LoggerFactory.getLogger(DecoderLoader.class);

  /** One row waits for every so many slots. */
  private static final int WAITING_SHARE = 4;

  private final ModelSpec spec;
  private final ModelDirectory directory;
  private final DecoderConfig config;

  DecoderLoader(ModelSpec spec, ModelDirectory directory) throws ModelLoadException {
    this.spec = spec;
    this.directory = directory;
    Problems problems = new Problems();
    this.config = DecoderConfig.read(directory.root(), problems);
    problems.throwIfAny(spec.path());
  }

  /**
   * Loads and probes.
   *
   * @param device where the model runs; its lanes are how many decoders run side by side
   * @param gpu the GPU that the device stands for, or the CPU
   * @throws ModelLoadException when the model cannot serve on this device
   */
  DecoderEngine load(Device device, OptionalInt gpu) throws ModelLoadException {
    long startNanos = System.nanoTime();
    OrtEnvironment environment = RuntimeEnvironment.get();
    Tokenizer tokenizer = Tokenizer.open(directory.tokenizer());
    OrtSession session = null;
    boolean loaded = false;
    try {
      session = Sessions.load(environment, directory.graph(), gpu);
      OrtSession opened = session;
      DecoderModel model = open(environment, session);
      List<Decoder> decoders = decoders(model, device.lanes());
      Generations generations =
          new Generations(
              spec.name(),
              decoders,
              new GenerationModel(List.copyOf(endTokens(tokenizer)), tokenizer::decode),
              GenerationSettings.DEFAULT,
              System::nanoTime,
              new Supervision(
                  spec.runTimeoutMs(),
                  device.health(),
                  number -> model.newDecoder(decoders.get(number).cache())),
              () -> {
                Sessions.close(opened);
                tokenizer.close();
              });
      loaded = true;
      LOG.info(
          "Model {} ({}) is ready on {} after {} ms: {} decoders, {} slots of {} tokens, {} MiB of"
              + " caches",
          spec.name(),
          directory.graph(),
          device,
          (System.nanoTime() - startNanos) / 1_000_000,
          decoders.size(),
          generations.slots(),
          decoders.get(0).cache().capacityTokens(),
          generations.cacheBytes() >> 20);
      return new DecoderEngine(
          new ModelIdentity(spec.name(), directory.version(), directory.digest()),
          Devices.ofModel(device.name(), spec.name(), lanes(generations, decoders.size())),
          generations,
          model.vocabulary(),
          maxNewTokens());
    } finally {
      if (!loaded) {
        tokenizer.close();
        if (session != null) {
          Sessions.close(session);
        }
      }
    }
  }

  /**
   * A lane for each slot, and some for rows that wait beside them, so that a slot is filled before
   * the next token when its row has left. Few, since the window no longer orders what waits there.
   */
  private static int lanes(Generations generations, int decoders) {
    return generations.slots() + Math.max(decoders, generations.slots() / WAITING_SHARE);
  }

  private DecoderModel open(OrtEnvironment environment, OrtSession session)
      throws ModelLoadException {
    String file = directory.root().relativize(directory.graph()).toString();
    return DecoderModel.open(
        spec.name(), spec.path(), file, environment, session, config, probes());
  }

  /** Prompts as the model will see them: what a template adds is what upsets some graphs. */
  private List<int[]> probes() throws ModelLoadException {
    List<int[]> probes = new ArrayList<>();
    try (PromptPreparer preparer = PromptPreparer.open(spec, directory)) {
      for (String text : ProbeTexts.ALL) {
        try {
          probes.add(preparer.prepare(text));
        } catch (RefusedInputException e) {
          LOG.debug("Model {} is not tried on a text: {}", spec.name(), e.getMessage());
        }
      }
    }
    if (probes.isEmpty()) {
      probes.add(new int[] {0, 0});
    }
    return probes;
  }

  /** So many decoders, or fewer where the budget has no slot for each. */
  private List<Decoder> decoders(DecoderModel model, int lanes) throws ModelLoadException {
    GenerationSpec generation = spec.generation();
    int capacity =
        Math.min(
            generation.capacityTokens(config.positions()),
            generation.capacityTokens(model.positions()));
    int count = Math.min(lanes, generation.slots());
    long slotBytes = Math.multiplyExact(model.tokenBytes(), (long) capacity);
    while (count > 1 && generation.kvCacheBytes() / count < slotBytes) {
      count--;
    }
    List<Decoder> decoders = new ArrayList<>();
    boolean complete = false;
    try {
      for (int i = 0; i < count; i++) {
        int share = (generation.slots() + i) / count;
        int slots = Math.min(model.slotsMax(capacity), share);
        decoders.add(
            model.newDecoder(
                CachePlan.within(
                    generation.kvCacheBytes() / count, model.tokenBytes(), capacity, slots)));
      }
      complete = true;
      return decoders;
    } catch (ModelLoadException e) {
      throw new ModelLoadException("model " + spec.name() + ": " + e.getMessage(), e);
    } catch (OutOfMemoryError e) {
      throw new ModelLoadException(
          String.format(
              Locale.ROOT,
              "model %s: this machine has no memory for caches of %,d bytes; lower"
                  + " generation.kv_cache_bytes",
              spec.name(),
              generation.kvCacheBytes()),
          e);
    } finally {
      if (!complete) {
        decoders.forEach(Decoder::close);
      }
    }
  }

  private Set<Integer> endTokens(Tokenizer tokenizer) {
    Set<Integer> ends = new TreeSet<>(config.endTokens());
    tokenizer.idOf(config.endToken()).ifPresent(ends::add);
    if (ends.isEmpty()) {
      LOG.warn(
          "Model {} names no token that ends a text; its answers end at max_new_tokens or a stop"
              + " text. Name one as eos_token_id in generation_config.json.",
          spec.name());
    }
    return ends;
  }

  private int maxNewTokens() {
    int configured = spec.generation().maxNewTokens();
    if (configured > 0) {
      return configured;
    }
    return config.maxNewTokens() > 0 ? config.maxNewTokens() : GenerationSpec.NEW_TOKENS;
  }
}
