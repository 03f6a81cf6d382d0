package org.openautoglm.jobs.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.JobConfiguration;

/**
 * A TaskManager that runs one job after the other keeps nothing of those that have ended: no class
 * loader, no session. A few jobs here, ten with {@code -Dsubmissions=10}; prints a line for each.
 */
@EnabledOnOs(OS.LINUX)
class SteadyMemoryITCase {
  private static final int SUBMISSIONS = Integer.getInteger("submissions", 4);

  /** By then code is compiled and the whole heap has been touched. */
  private static final int WARM = 3;

  /** No job runs when they are counted; the JDK remembers a record type of the last one. */
  private static final int LOADERS_MAX = 1;

  private static final int GROWTH_MAX_MIB = 80;

  @TempDir Path directory;

  /** What a TaskManager holds after a job has ended and a collection. */
  private record Memory(int loaders, int metaspaceMib, int heapMib, int residentMib) {}

  @Test
  void nothingOfEndedJobsStays() throws Exception {
    List<Memory> memory = new ArrayList<>();
    try (BrokerProcess broker = BrokerProcess.start(directory.resolve("kafka"));
        ProcessCluster cluster = ProcessCluster.start(directory.resolve("cluster"), 1)) {
      JobConfiguration job = Prompts.embeddingJob(broker, "cpu", 2);
      CommittedAnswers answers =
          new CommittedAnswers(broker.bootstrapServers(), job.kafka().topics());
      for (int i = 1; i <= SUBMISSIONS; i++) {
        try (Load load = new Load(broker.bootstrapServers(), job.kafka().topics().prompts(), 20)) {
          cluster.submitFresh(job);
          answers.awaitNew(Duration.ofMinutes(2));
          load.stop();
        }
        cluster.cancel();
        long pid = cluster.process("taskmanager-1").pid();
        // Threads of a job's own end within ten idle seconds.
        try {
          await()
              .atMost(Duration.ofSeconds(60))
              .pollInterval(Duration.ofSeconds(2))
              .until(() -> loaders(pid) <= LOADERS_MAX);
        } catch (ConditionTimeoutException e) {
          throw new AssertionError(
              "after %d jobs the class loaders of %d are there; their heap is in %s"
                  .formatted(i, loaders(pid), heapDump(pid)),
              e);
        }
        memory.add(new Memory(loaders(pid), metaspaceMib(pid), heapMib(pid), residentMib(pid)));
        System.out.printf("memory %d/%d: %s%n", i, SUBMISSIONS, memory.get(i - 1));
      }
    }
    Memory warm = memory.get(WARM - 1);
    Memory last = memory.get(SUBMISSIONS - 1);
    assertThat(last.metaspaceMib())
        .as("metaspace, MiB")
        .isLessThanOrEqualTo(warm.metaspaceMib() + GROWTH_MAX_MIB / 4);
    assertThat(last.residentMib())
        .as("resident memory, MiB")
        .isLessThanOrEqualTo(warm.residentMib() + GROWTH_MAX_MIB);
  }

  private static int loaders(long pid) throws IOException, InterruptedException {
    jcmd(pid, "GC.run");
    return (int)
        jcmd(pid, "VM.classloader_stats")
            .lines()
            .filter(line -> line.contains("ChildFirstClassLoader"))
            .count();
  }

  private static Path heapDump(long pid) throws IOException, InterruptedException {
    Path dump = Path.of("target", "steady-memory.hprof").toAbsolutePath();
    Files.deleteIfExists(dump);
    jcmd(pid, "GC.heap_dump " + dump);
    return dump;
  }

  private static int metaspaceMib(long pid) throws IOException, InterruptedException {
    String line =
        jcmd(pid, "GC.heap_info")
            .lines()
            .filter(each -> each.strip().startsWith("Metaspace"))
            .findFirst()
            .orElseThrow();
    return Integer.parseInt(line.replaceAll(".*used (\\d+)K.*", "$1")) >> 10;
  }

  /** What the heap has of the system, used or not. */
  private static int heapMib(long pid) throws IOException, InterruptedException {
    // One line for the whole heap or one for each generation, as the collector has it.
    return jcmd(pid, "GC.heap_info")
            .lines()
            .filter(line -> line.matches(".* total (\\d+)K.*"))
            .mapToInt(line -> Integer.parseInt(line.replaceAll(".* total (\\d+)K.*", "$1")))
            .sum()
        >> 10;
  }

  private static int residentMib(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToInt(line -> Integer.parseInt(line.replaceAll("\\D", "")) >> 10)
        .findFirst()
        .orElseThrow();
  }

  private static String jcmd(long pid, String command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(pid),
                command)
            .redirectErrorStream(true)
            .start();
    String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, answer).isZero();
    return answer;
  }
}
