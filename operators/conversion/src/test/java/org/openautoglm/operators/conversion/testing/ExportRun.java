package org.openautoglm.operators.conversion.testing;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** One row through an exporter's decoder graph, whose cache grows with every run. */
public final class ExportRun implements AutoCloseable {
  private final OrtEnvironment environment;
  private final OrtSession session;

  public ExportRun(Path graph) throws OrtException {
    this.environment = BareRuntime.environment();
    try (SessionOptions options = new SessionOptions()) {
      options.setIntraOpNumThreads(1);
      this.session = environment.createSession(graph.toString(), options);
    }
  }

  /** The likeliest tokens, one after the other, of one prompt. */
  public List<Integer> greedy(int[] prompt, int count) throws OrtException {
    List<Integer> all = new ArrayList<>();
    Map<String, OnnxTensor> cache = empty();
    OrtSession.Result held = null;
    int[] tokens = prompt;
    int length = 0;
    while (all.size() < count) {
      length += tokens.length;
      OrtSession.Result result = run(tokens, length, cache);
      if (held != null) {
        held.close();
      } else {
        cache.values().forEach(OnnxTensor::close);
      }
      held = result;
      float[] scores = last((OnnxTensor) result.get("logits").orElseThrow());
      tokens = new int[] {DecoderRun.best(scores)};
      all.add(tokens[0]);
      cache = next(result);
    }
    held.close();
    return all;
  }

  /** The scores after every token of a text, one after the other. */
  public float[] scores(int[] tokens) throws OrtException {
    Map<String, OnnxTensor> cache = empty();
    try (OrtSession.Result result = run(tokens, tokens.length, cache)) {
      FloatBuffer scores = ((OnnxTensor) result.get("logits").orElseThrow()).getFloatBuffer();
      float[] all = new float[scores.remaining()];
      scores.get(all);
      return all;
    } finally {
      cache.values().forEach(OnnxTensor::close);
    }
  }

  private OrtSession.Result run(int[] tokens, int length, Map<String, OnnxTensor> cache)
      throws OrtException {
    long[] mask = new long[length];
    Arrays.fill(mask, 1);
    long[] positions = LongStream.range(length - tokens.length, length).toArray();
    try (OnnxTensor ids = row(Arrays.stream(tokens).asLongStream().toArray());
        OnnxTensor attention = row(mask);
        OnnxTensor places = row(positions)) {
      Map<String, OnnxTensor> inputs = new HashMap<>(cache);
      inputs.put("input_ids", ids);
      inputs.put("attention_mask", attention);
      inputs.put("position_ids", places);
      inputs.keySet().retainAll(session.getInputNames());
      return session.run(inputs);
    }
  }

  private OnnxTensor row(long[] values) throws OrtException {
    return OnnxTensor.createTensor(
        environment, LongBuffer.wrap(values), new long[] {1, values.length});
  }

  private Map<String, OnnxTensor> empty() throws OrtException {
    Map<String, OnnxTensor> cache = new HashMap<>();
    for (String name : session.getInputNames()) {
      if (name.startsWith("past_key_values.")) {
        long[] shape = ((TensorInfo) session.getInputInfo().get(name).getInfo()).getShape();
        shape[0] = 1;
        shape[2] = 0;
        cache.put(name, OnnxTensor.createTensor(environment, FloatBuffer.allocate(0), shape));
      }
    }
    return cache;
  }

  private Map<String, OnnxTensor> next(OrtSession.Result result) {
    Map<String, OnnxTensor> cache = new HashMap<>();
    for (String name : session.getOutputNames()) {
      if (name.startsWith("present.")) {
        cache.put(
            name.replace("present.", "past_key_values."),
            (OnnxTensor) result.get(name).orElseThrow());
      }
    }
    return cache;
  }

  private static float[] last(OnnxTensor logits) {
    FloatBuffer scores = logits.getFloatBuffer();
    float[] last = new float[(int) logits.getInfo().getShape()[2]];
    scores.get(scores.limit() - last.length, last);
    return last;
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
