package org.openautoglm.operators.inference.onnx.decoder;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.generation.CachePlan;
import org.openautoglm.operators.inference.generation.Decoder;
import org.openautoglm.operators.inference.model.DecoderConfig;
import org.openautoglm.operators.inference.model.Problems;
import org.openautoglm.operators.inference.model.TinyDecoder;
import org.openautoglm.operators.inference.onnx.runtime.RuntimeEnvironment;

/** A small decoder's graph in a session of its own. */
final class TinyDecoderModel implements AutoCloseable {
  private final OrtSession session;
  private final DecoderModel model;

  TinyDecoderModel(TinyDecoder decoder, Path directory)
      throws IOException, OrtException, ModelLoadException {
    this(decoder.write(directory));
  }

  TinyDecoderModel(Path directory) throws OrtException, ModelLoadException {
    OrtEnvironment environment = RuntimeEnvironment.get();
    try (SessionOptions options = new SessionOptions()) {
      options.setIntraOpNumThreads(1);
      session = environment.createSession(directory.resolve("model.onnx").toString(), options);
    }
    model =
        DecoderModel.open(
            "tiny",
            "models/tiny",
            "model.onnx",
            environment,
            session,
            DecoderConfig.read(directory, new Problems()),
            prompts(96, 4, 12));
  }

  DecoderModel model() {
    return model;
  }

  Decoder decoder(int slots, int capacity) {
    return model.newDecoder(new CachePlan(slots, capacity, model.tokenBytes()));
  }

  /** Random prompts, all of different length. */
  static List<int[]> prompts(int vocabulary, int count, int shortest) {
    Random random = new Random(5);
    List<int[]> prompts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      prompts.add(random.ints(shortest + i, 1, vocabulary).toArray());
    }
    return prompts;
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
