package org.openautoglm.jobs.bench;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The ceiling of text generation: static batches through bare ONNX Runtime, all prompts at hand, no
 * Kafka, no Flink, no tokenising and no sampling. One session of one thread and as many callers as
 * cores, which is the best setting on a CPU.
 */
final class RawGeneration implements AutoCloseable {
  private final OrtEnvironment environment =
      OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "autoglm");
  private final OrtSession session;
  private final boolean isConverted;

  /**
   * @param isConverted whether the graph is of the product's own form, or as exporters write it
   */
  RawGeneration(Path graph, boolean isConverted) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(1);
    options.setInterOpNumThreads(1);
    this.session = environment.createSession(graph.toString(), options);
    this.isConverted = isConverted;
  }

  /**
   * Generates once for all prompts, callers drawing batches from one queue.
   *
   * @param callers batches that run side by side
   * @param rows prompts of a batch, in the order in which they are given; a batch runs until its
   *     longest answer is done
   * @return tokens a second, of those that were asked for
   */
  double tokensPerSecond(List<GenerationPrompt> prompts, int callers, int rows) throws Exception {
    List<List<GenerationPrompt>> batches = new ArrayList<>();
    for (int from = 0; from < prompts.size(); from += rows) {
      batches.add(prompts.subList(from, Math.min(prompts.size(), from + rows)));
    }
    int capacity =
        prompts.stream().mapToInt(each -> each.tokens().length + each.newTokens()).max().orElse(0)
            + prompts.stream().mapToInt(GenerationPrompt::newTokens).max().orElse(0);
    AtomicInteger next = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(callers);
    try {
      List<Future<?>> running = new ArrayList<>();
      long startNs = System.nanoTime();
      for (int caller = 0; caller < callers; caller++) {
        running.add(
            threads.submit(
                () -> {
                  call(batches, next, rows, capacity);
                  return null;
                }));
      }
      for (Future<?> each : running) {
        each.get();
      }
      double seconds = (System.nanoTime() - startNs) / 1e9;
      return prompts.stream().mapToInt(GenerationPrompt::newTokens).sum() / seconds;
    } finally {
      threads.shutdownNow();
    }
  }

  private void call(
      List<List<GenerationPrompt>> batches, AtomicInteger next, int rows, int capacity)
      throws OrtException {
    if (isConverted) {
      try (ConvertedRawDecoding decoding =
          new ConvertedRawDecoding(environment, session, rows, capacity)) {
        generate(decoding, batches, next);
      }
    } else {
      generate(new ExportedRawDecoding(environment, session), batches, next);
    }
  }

  private static void generate(
      RawDecoding decoding, List<List<GenerationPrompt>> batches, AtomicInteger next)
      throws OrtException {
    for (int i = next.getAndIncrement(); i < batches.size(); i = next.getAndIncrement()) {
      List<GenerationPrompt> batch = batches.get(i);
      int longest = batch.stream().mapToInt(GenerationPrompt::newTokens).max().orElseThrow();
      decoding.generate(batch.stream().map(GenerationPrompt::tokens).toList(), longest);
    }
  }

  /** What it answers to one prompt, to see that two loops say the same. */
  int[] answer(GenerationPrompt prompt) throws OrtException {
    List<int[]> one = List.of(prompt.tokens());
    if (!isConverted) {
      return new ExportedRawDecoding(environment, session).generate(one, prompt.newTokens())[0];
    }
    int capacity = prompt.tokens().length + prompt.newTokens();
    try (ConvertedRawDecoding decoding =
        new ConvertedRawDecoding(environment, session, 1, capacity)) {
      return decoding.generate(one, prompt.newTokens())[0];
    }
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
