package org.openautoglm.jobs.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What our own code on the way of a prompt costs, stage by stage: CPU time and allocated memory for
 * each record, in one thread, without Kafka and without Flink's network. The engine answers at
 * once, so that all that is measured is the job.
 *
 * <p>Blocks of records go through one stage after the other. CPU time of this thread is counted,
 * not the clock, so a busy machine disturbs little; compare stages and sizes of one run.
 *
 * <p>Run its main with the test class path of {@code jobs}; the arguments are sizes of the prompts'
 * values in bytes, by default 250, 1024 and 4096.
 */
public final class RecordPathBenchmark {
  private static final int BLOCK = 256;
  private static final int WARM_UP_BLOCKS = 1_200;
  private static final int BLOCKS = 2_000;
  private static final ThreadMXBean THREAD = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Map<String, long[]> spent = new LinkedHashMap<>();

  /** Work on one block. */
  interface Stage<I, O> {
    List<O> run(List<I> block) throws Exception;
  }

  private RecordPathBenchmark() {}

  /** Prints a table for each size. */
  public static void main(String[] args) throws Exception {
    List<Integer> sizes = new ArrayList<>();
    for (String size : args.length == 0 ? new String[] {"250", "1024", "4096"} : args) {
      sizes.add(Integer.parseInt(size));
    }
    for (int size : sizes) {
      try (RecordPath path = new RecordPath()) {
        RecordPathBenchmark benchmark = new RecordPathBenchmark();
        long offset = 0;
        for (int block = 0; block < WARM_UP_BLOCKS + BLOCKS; block++) {
          if (block == WARM_UP_BLOCKS) {
            benchmark.spent.clear();
          }
          benchmark.run(path, records(size, offset));
          offset += BLOCK;
        }
        benchmark.print(size);
      }
    }
  }

  private void run(RecordPath path, List<ConsumerRecord<byte[], byte[]>> records) throws Exception {
    var prompts = timed("source", path::source, records);
    var decoded = timed("decode", path::decode, prompts);
    var admitted = timed("admit", path::admit, decoded);
    var prepared = timed("prepare", path::prepare, admitted);
    var sent = timed("network, out", path::send, prepared);
    var received = timed("network, in", path::receive, sent);
    var answered = timed("window", path::window, received);
    var outputs = timed("settle", path::settle, answered);
    var written = timed("sink", path::sink, outputs);
    if (written.size() != 2 * records.size()) {
      throw new IllegalStateException(written.size() + " records for " + records.size());
    }
  }

  private <I, O> List<O> timed(String stage, Stage<I, O> work, List<I> block) throws Exception {
    long[] sum = spent.computeIfAbsent(stage, name -> new long[2]);
    long thread = Thread.currentThread().getId();
    long bytes = THREAD.getThreadAllocatedBytes(thread);
    long nanos = THREAD.getCurrentThreadCpuTime();
    List<O> result = work.run(block);
    sum[0] += THREAD.getCurrentThreadCpuTime() - nanos;
    sum[1] += THREAD.getThreadAllocatedBytes(thread) - bytes;
    return result;
  }

  private void print(int size) {
    double records = (double) BLOCKS * BLOCK;
    System.out.printf(Locale.ROOT, "%n%d bytes          ns CPU     bytes%n", size);
    long[] all = new long[2];
    spent.forEach(
        (stage, sum) -> {
          all[0] += sum[0];
          all[1] += sum[1];
          System.out.printf(
              Locale.ROOT, "%-14s %9.0f %9.0f%n", stage, sum[0] / records, sum[1] / records);
        });
    System.out.printf(
        Locale.ROOT, "%-14s %9.0f %9.0f%n", "all", all[0] / records, all[1] / records);
  }

  private static List<ConsumerRecord<byte[], byte[]>> records(int size, long offset) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>(BLOCK);
    for (long i = offset; i < offset + BLOCK; i++) {
      String head = "{\"request_id\":\"r-" + i + "\",\"model_id\":\"m\",\"inputs\":[\"";
      String value = head + "words ".repeat(size / 6).substring(head.length()) + "\"]}";
      records.add(new ConsumerRecord<>("autoglm.prompts", 0, i, null, value.getBytes(UTF_8)));
    }
    return records;
  }
}
