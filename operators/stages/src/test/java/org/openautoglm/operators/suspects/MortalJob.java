package org.openautoglm.operators.suspects;

import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toSet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.openautoglm.schemas.wire.Coordinates;

/**
 * A process that works on records as a job does, on lanes side by side, and dies without a trace of
 * those that are to kill it. It is started again until it comes to its end.
 *
 * <p>A log says what became of each: {@code died}, {@code answered} or {@code set aside}.
 */
final class MortalJob {
  static final String JOB = "0123";
  private static final int STATUS = 137;
  private static final int STARTS_MAX = 12;

  private final Path directory;
  private final String deadly;
  private int ends;

  /**
   * @param deadly offsets of the records that end the process
   */
  MortalJob(Path directory, long... deadly) {
    this.directory = directory;
    this.deadly = text(deadly);
  }

  /** Works on these until all have an outcome, each array on a lane of its own. */
  void run(long[]... lanes) throws IOException, InterruptedException {
    for (int start = 0; start < STARTS_MAX; start++) {
      if (startOnce(lanes) == 0) {
        return;
      }
    }
    throw new AssertionError("it dies again and again");
  }

  /** One process; returns its exit status. */
  private int startOnce(long[]... lanes) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                MortalJob.class.getName(),
                directory.toString(),
                deadly));
    Arrays.stream(lanes).map(MortalJob::text).forEach(command::add);
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    ends += status == STATUS ? 1 : 0;
    return status;
  }

  /** How often a process died. */
  int ends() {
    return ends;
  }

  /** The offsets of which the log says this, as often as it does. */
  List<Long> logged(String what) throws IOException {
    return Files.readAllLines(directory.resolve("log")).stream()
        .filter(line -> line.startsWith(what + " "))
        .map(line -> Long.parseLong(line.substring(what.length() + 1)))
        .toList();
  }

  static Coordinates at(long offset) {
    return Coordinates.newBuilder().setTopic("prompts").setPartition(1).setOffset(offset).build();
  }

  private static String text(long... offsets) {
    return LongStream.of(offsets).mapToObj(Long::toString).collect(Collectors.joining(","));
  }

  private static Set<Long> offsets(String text) {
    return Arrays.stream(text.split(","))
        .filter(each -> !each.isEmpty())
        .map(Long::parseLong)
        .collect(toCollection(TreeSet::new));
  }

  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    Lanes lanes = new Lanes(directory, offsets(arguments[1]), arguments.length - 2);
    List<Thread> threads = new ArrayList<>();
    for (int lane = 2; lane < arguments.length; lane++) {
      Set<Long> batch = offsets(arguments[lane]);
      threads.add(new Thread(() -> lanes.run(batch)));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    lanes.suspects.close();
  }

  /** The work of one process. */
  private static final class Lanes {
    private final Path log;
    private final Set<Long> deadly;
    private final Suspects suspects;
    private final CountDownLatch begun;

    Lanes(Path directory, Set<Long> deadly, int lanes) {
      this.log = directory.resolve("log");
      this.deadly = deadly;
      this.suspects = Suspects.open(directory, JOB, 0);
      this.begun = new CountDownLatch(lanes);
    }

    /** As a batch does: those under no suspicion together, then the others one by one. */
    void run(Set<Long> batch) {
      Set<Long> convicted = batch.stream().filter(o -> suspects.convicts(at(o))).collect(toSet());
      Set<Long> alone = batch.stream().filter(o -> suspects.suspects(at(o))).collect(toSet());
      Set<Long> together = new TreeSet<>(batch);
      together.removeAll(convicted);
      together.removeAll(alone);
      alone.removeAll(convicted);
      convicted.forEach(offset -> write("set aside", offset));
      work(together, true);
      alone.forEach(offset -> work(Set.of(offset), false));
    }

    @SuppressWarnings("try") // The hand only has to be closed.
    private void work(Set<Long> offsets, boolean isFirst) {
      long[] records = offsets.stream().mapToLong(o -> Suspects.id(at(o))).toArray();
      try (Suspects.Hand hand = suspects.take(records)) {
        if (isFirst) {
          // All lanes have something in hand when the first of them dies.
          begun.countDown();
          begun.await();
        }
        for (long offset : offsets) {
          if (deadly.contains(offset)) {
            write("died", offset);
            Runtime.getRuntime().halt(STATUS);
          }
        }
        offsets.forEach(offset -> write("answered", offset));
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private synchronized void write(String what, long offset) {
      try {
        Files.writeString(
            log, what + " " + offset + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
