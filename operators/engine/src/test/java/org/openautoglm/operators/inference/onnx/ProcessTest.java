package org.openautoglm.operators.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.TinyDecoder;
import org.openautoglm.operators.inference.model.TinyDecoderWeights;
import org.openautoglm.operators.inference.model.TinyModel;
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.schemas.wire.Parameters;

/** What can only be seen from outside a process: its memory and how it ends. */
class ProcessTest {
  private static final int EXIT_BY_SIGTERM = 128 + 15;
  private static final long GROWTH_MAX_KIB = 16 << 10;

  @TempDir private Path directory;

  @BeforeEach
  void needsLinux() {
    assumeTrue(Files.exists(Path.of("/proc/self/status")), "needs Linux's /proc");
  }

  @Test
  void keepsNativeMemoryFlatOverVariedBatches() throws Exception {
    Process process = start(Runner.class, "2000");
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      long before = Long.parseLong(lines.readLine());
      long after = Long.parseLong(lines.readLine());
      assertThat(after - before).as("KiB, from %d to %d", before, after).isLessThan(GROWTH_MAX_KIB);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void keepsNativeMemoryFlatOverManyGenerations() throws Exception {
    Process process = start(Generator.class, "4000");
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      long before = Long.parseLong(lines.readLine());
      long after = Long.parseLong(lines.readLine());
      assertThat(after - before).as("KiB, from %d to %d", before, after).isLessThan(GROWTH_MAX_KIB);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void endsInOrderWhenStoppedInTheMiddleOfABatch() throws Exception {
    Process process = start(Runner.class, Integer.toString(Integer.MAX_VALUE));
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(lines.readLine()).isNotBlank();
      process.destroy();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).isEqualTo(EXIT_BY_SIGTERM);
    } finally {
      process.destroyForcibly();
    }
  }

  /** ONNX Runtime for Java, left to itself, aborts here. */
  @Test
  void endsInOrderWhenStoppedWhileItLoads() throws Exception {
    Process process = start(Loader.class, "");
    try {
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).isEqualTo(Loader.EXIT);
    } finally {
      process.destroyForcibly();
    }
  }

  /** ONNX Runtime, left to itself, crashes at its start with a command line as long as Flink's. */
  @Test
  void startsBehindALongCommandLine() throws Exception {
    Process process = start(Runner.class, "1", "-Dlong=" + "x".repeat(10_000));
    try {
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  private Process start(Class<?> main, String argument, String... options) throws IOException {
    new TinyModel().write(directory);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-Xms128m", "-Xmx128m", "-XX:+AlwaysPreTouch", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of(main.getName(), directory.toString(), argument));
    ProcessBuilder process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    // What this process is told about ONNX Runtime's telemetry is not told to a job's.
    process.environment().remove("ORT_DISABLE_TELEMETRY");
    return process.start();
  }

  /** Loads models while the process ends, however long that takes. */
  static final class Loader {
    private static final int EXIT = 7;
    private static final int LOADS_IN_SHUTDOWN = 20;

    private Loader() {}

    public static void main(String[] args) throws Exception {
      CountDownLatch loaded = new CountDownLatch(LOADS_IN_SHUTDOWN);
      CountDownLatch started = new CountDownLatch(1);
      Thread loading = new Thread(() -> load(Path.of(args[0]), started, loaded));
      loading.setDaemon(true);
      loading.start();
      started.await();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> awaitQuietly(loaded)));
      System.exit(EXIT);
    }

    private static void load(Path directory, CountDownLatch started, CountDownLatch loaded) {
      ModelSpec spec = TestModels.spec("tiny", TaskType.EMBEDDING, directory);
      OnnxModelProvider provider = new OnnxModelProvider();
      try {
        while (loaded.getCount() > 0) {
          provider.engines(spec).close();
          if (started.getCount() > 0) {
            started.countDown();
          } else {
            loaded.countDown();
          }
        }
      } catch (ModelLoadException e) {
        Runtime.getRuntime().halt(EXIT + 1);
      }
    }

    private static void awaitQuietly(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Generates short texts, many at once; prints its resident KiB before and after. */
  static final class Generator {
    private static final int WARM_UP_ROWS = 2_000;

    private Generator() {}

    public static void main(String[] args) throws Exception {
      Path directory = Path.of(args[0]);
      new TinyDecoder(TinyDecoderWeights.TINY, TinyDecoder.Form.CANONICAL).write(directory);
      InferenceEngine engine =
          new OnnxModelProvider()
              .engines(TestModels.spec("tiny", TaskType.TEXT_GENERATION, directory))
              .engines()
              .get(0);
      run(engine, WARM_UP_ROWS);
      System.out.println(Runner.residentKib());
      run(engine, Integer.parseInt(args[1]));
      System.out.println(Runner.residentKib());
    }

    private static void run(InferenceEngine engine, int count) throws Exception {
      Random random = new Random(count);
      List<EngineRow> rows = new ArrayList<>();
      for (int row = 0; row < count; row++) {
        int[] tokens = random.ints(random.nextInt(1, 33), 1, 96).toArray();
        Parameters parameters =
            Parameters.newBuilder().setMaxNewTokens(random.nextInt(1, 13)).build();
        rows.add(new EngineRow(tokens, parameters, 0));
      }
      engine.run(rows, (position, output) -> {});
    }
  }

  /** Runs batches of all shapes on several threads; prints its resident KiB before and after. */
  static final class Runner {
    private static final int WARM_UP_BATCHES = 2_000;

    private Runner() {}

    public static void main(String[] args) throws Exception {
      InferenceEngine engine =
          new OnnxModelProvider()
              .engines(TestModels.spec("tiny", TaskType.EMBEDDING, Path.of(args[0])))
              .engines()
              .get(0);
      run(engine, WARM_UP_BATCHES);
      System.out.println(residentKib());
      run(engine, Integer.parseInt(args[1]));
      System.out.println(residentKib());
    }

    private static void run(InferenceEngine engine, int batches) throws Exception {
      List<Thread> threads = new ArrayList<>();
      for (int thread = 0; thread < 2; thread++) {
        Random random = new Random(thread);
        threads.add(new Thread(() -> runVaried(engine, random, batches)));
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join();
      }
    }

    private static void runVaried(InferenceEngine engine, Random random, int batches) {
      try {
        for (int i = 0; i < batches; i++) {
          List<EngineRow> rows = new ArrayList<>();
          for (int row = random.nextInt(1, 33); row > 0; row--) {
            int[] tokens = random.ints(random.nextInt(1, 65), 0, 8).toArray();
            rows.add(new EngineRow(tokens, Parameters.getDefaultInstance(), 0));
          }
          engine.run(rows, (position, output) -> {});
        }
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    private static long residentKib() throws IOException {
      try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
        return lines
            .filter(line -> line.startsWith("VmRSS:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .findFirst()
            .orElseThrow();
      }
    }
  }
}
