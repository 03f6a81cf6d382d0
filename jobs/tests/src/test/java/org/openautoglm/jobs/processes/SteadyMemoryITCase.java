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
import org.assertj.core.api.SoftAssertions;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.JobConfiguration;

/**
 * A TaskManager that runs one job after the other keeps nothing of those that have ended: no class
 * loader, no classes, no session. A few jobs here, ten with {@code -Dsubmissions=10}; prints a line
 * for each.
 *
 * <p>It was written for a leak of some 10 MiB a job: an admin client of the connector's sink that
 * nobody closed, whose thread held the job's class loader. With an admin client left open in each
 * sink it fails: the loaders were 4 after four jobs instead of 1, and metaspace grew by 22 MiB a
 * job, where it is the same after each without. So metaspace may grow by less than that leak. Live
 * objects go up and down by more than 10 MiB from job to job, and resident memory grows while the
 * heap is touched for the first time: so it is held to its bound from the fourth job on. What stays
 * of a smaller leak, only the long form tells, by the medians of its first and last jobs.
 */
@EnabledOnOs(OS.LINUX)
class SteadyMemoryITCase {
  private static final int SUBMISSIONS = Integer.getInteger("submissions", 5);

  /** By then code is compiled. */
  private static final int WARM = 2;

  /** By then the whole heap has been touched: 493, 584, 673, 714 MiB, and 717 to 723 after it. */
  private static final int WARM_RESIDENT = 4;

  /** No job runs when they are counted; the JDK remembers a record type of the last one. */
  private static final int LOADERS_MAX = 1;

  private static final int METASPACE_GROWTH_MAX_MIB_A_JOB = 4;
  private static final int LIVE_GROWTH_MAX_MIB = 24;

  private static final int RESIDENT_GROWTH_MAX_MIB = 80;

  /** So many jobs at either end, where there are enough of them. */
  private static final int MEDIAN_OF = 3;

  private static final int MEDIANS_GROWTH_MAX_MIB = 40;

  @TempDir Path directory;

  /** What a TaskManager holds after a job has ended and a collection. */
  private record Memory(int loaders, int metaspaceMib, int liveMib, int residentMib) {}

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
        memory.add(settled(pid));
        System.out.printf("memory %d/%d: %s%n", i, SUBMISSIONS, memory.get(i - 1));
      }
      if (memory.get(SUBMISSIONS - 1).loaders() > LOADERS_MAX) {
        System.out.println(
            "memory: who holds them is in " + heapDump(cluster.process("taskmanager-1").pid()));
      }
    }
    Memory warm = memory.get(WARM - 1);
    Memory last = memory.get(SUBMISSIONS - 1);
    int jobs = SUBMISSIONS - WARM;
    SoftAssertions.assertSoftly(
        all -> {
          all.assertThat(last.loaders()).as("loaders").isLessThanOrEqualTo(LOADERS_MAX);
          all.assertThat(last.metaspaceMib() - warm.metaspaceMib())
              .as("growth of metaspace, MiB, in %d jobs", jobs)
              .isLessThanOrEqualTo(METASPACE_GROWTH_MAX_MIB_A_JOB * jobs);
          all.assertThat(last.liveMib() - warm.liveMib())
              .as("growth of live objects, MiB")
              .isLessThanOrEqualTo(LIVE_GROWTH_MAX_MIB);
          all.assertThat(last.residentMib() - memory.get(WARM_RESIDENT - 1).residentMib())
              .as("growth of resident memory, MiB")
              .isLessThanOrEqualTo(RESIDENT_GROWTH_MAX_MIB);
          if (jobs >= 2 * MEDIAN_OF) {
            all.assertThat(
                    medianResident(memory.subList(SUBMISSIONS - MEDIAN_OF, SUBMISSIONS))
                        - medianResident(memory.subList(WARM - 1, WARM - 1 + MEDIAN_OF)))
                .as("growth of resident memory from the first jobs to the last, MiB")
                .isLessThanOrEqualTo(MEDIANS_GROWTH_MAX_MIB);
          }
        });
  }

  /** What there is once the job's own threads have ended, which they do within ten idle seconds. */
  private static Memory settled(long pid) throws IOException, InterruptedException {
    try {
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofSeconds(2))
          .until(() -> loaders(pid) <= LOADERS_MAX);
    } catch (ConditionTimeoutException e) {
      System.out.println("memory: a loader stays for a minute");
    }
    return new Memory(loaders(pid), metaspaceMib(pid), liveMib(pid), residentMib(pid));
  }

  private static int medianResident(List<Memory> memory) {
    return memory.stream()
        .mapToInt(Memory::residentMib)
        .sorted()
        .skip(MEDIAN_OF / 2)
        .findFirst()
        .orElseThrow();
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

  /** What is in use of the heap after the collection that counting the loaders makes. */
  private static int liveMib(long pid) throws IOException, InterruptedException {
    // One line for the whole heap or one for each generation, as the collector has it.
    return jcmd(pid, "GC.heap_info")
            .lines()
            .filter(line -> line.matches(".* total \\d+K, used (\\d+)K.*"))
            .mapToInt(
                line -> Integer.parseInt(line.replaceAll(".* total \\d+K, used (\\d+)K.*", "$1")))
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
