package org.openautoglm.jobs.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.openautoglm.jobs.topology.InferenceJob;

/**
 * Latency at a fifth of the load that bare ONNX Runtime carries, at least once: from the client's
 * send to the client's receipt, against the model's own time for the same rows, one at a time.
 * Arrivals are random (Poisson), as of many independent clients.
 */
final class LatencyBenchmark implements Benchmark {
  private static final int TEXTS = 2_500;
  private static final int WARM_UP_TEXTS = 600;
  private static final double LOAD = 0.2;

  @Override
  public String name() {
    return "latency";
  }

  @Override
  public String description() {
    return "client to client at 20 % load, at least once, on bge-small-zh";
  }

  @Override
  public List<Measurement> run(BenchmarkContext context) throws Exception {
    BenchModel model = BenchModel.open(context);
    List<String> texts = MixedTexts.texts(TEXTS);
    List<int[]> rows = model.rows(texts);
    int cores = Runtime.getRuntime().availableProcessors();
    double[] alone;
    double capacity;
    try (RawLoop raw = new RawLoop(model.graph(), cores)) {
      context.words().accept("latency: the model's own time");
      raw.millisAlone(rows.subList(0, WARM_UP_TEXTS));
      alone = raw.millisAlone(rows.subList(WARM_UP_TEXTS, TEXTS));
      capacity = raw.rowsPerSecond(RawLoop.sorted(rows, 32, 512));
    }
    List<double[]> measured = new ArrayList<>();
    try (BenchJobs jobs = new BenchJobs(context.directory())) {
      context.words().accept("latency: warming up");
      NoOpBenchmark.warmUp(jobs);
      context.words().accept("latency: the job at %.0f texts/s".formatted(LOAD * capacity));
      jobs.whileRunning(
          InferenceJob::define,
          1,
          model.yaml(),
          topics -> measured.add(clientToClient(topics, texts, LOAD * capacity)));
    }
    double[] job = measured.get(0);
    Arrays.sort(alone);
    Arrays.sort(job);
    List<Measurement> measurements = new ArrayList<>();
    for (double quantile : new double[] {0.5, 0.99}) {
      String p = "p" + Math.round(quantile * 100);
      Measurement own = Measurement.of("latency/model-" + p, at(alone, quantile), "ms");
      Measurement all = Measurement.of("latency/job-" + p, at(job, quantile), "ms");
      measurements.add(own);
      measurements.add(all.over(own));
      measurements.add(Measurement.of("latency/added-" + p, all.value() - own.value(), "ms"));
    }
    return measurements;
  }

  private static double at(double[] sorted, double quantile) {
    return sorted[(int) Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))];
  }

  /** Milliseconds from sending to receiving, warm-up left out. */
  private static double[] clientToClient(BenchTopics topics, List<String> texts, double perSecond)
      throws Exception {
    long[] sentNs = new long[texts.size()];
    double[] millis = new double[texts.size()];
    var threads = Executors.newSingleThreadExecutor();
    try {
      Future<?> receiving = threads.submit(() -> receive(topics, sentNs, millis));
      send(topics, texts, perSecond, sentNs);
      receiving.get();
    } finally {
      threads.shutdownNow();
    }
    return Arrays.copyOfRange(millis, WARM_UP_TEXTS, millis.length);
  }

  private static void send(BenchTopics topics, List<String> texts, double perSecond, long[] sentNs)
      throws Exception {
    Random random = new Random(3);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", topics.bootstrapServers(), "linger.ms", "0"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      long nextNs = System.nanoTime();
      for (int i = 0; i < texts.size(); i++) {
        byte[] value = PromptValues.of(BenchModel.NAME, "b-" + i, texts.get(i));
        nextNs += (long) (-Math.log(1 - random.nextDouble()) / perSecond * 1e9);
        while (System.nanoTime() < nextNs) {
          LockSupport.parkNanos(nextNs - System.nanoTime());
        }
        sentNs[i] = System.nanoTime();
        var unused = producer.send(new ProducerRecord<>(topics.names().prompts(), value));
      }
    }
  }

  private static Void receive(BenchTopics topics, long[] sentNs, double[] millis) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", topics.bootstrapServers(), "fetch.min.bytes", "1"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = List.of(new TopicPartition(topics.names().results(), 0));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      for (int seen = 0; seen < millis.length; ) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          int i = Integer.parseInt(new String(record.key(), UTF_8).substring(2));
          millis[i] = (System.nanoTime() - sentNs[i]) / 1e6;
          seen++;
        }
      }
    }
    return null;
  }
}
