package org.openautoglm.operators.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * What this process takes over a long run: looked at after each of its intervals, and at the end
 * held to being flat.
 */
public final class MemoryOverTime {
  private final List<Look> looks = new ArrayList<>();

  /** MiB: heap after a collection, and all of the process, 0 where Linux's /proc is not there. */
  private record Look(long heap, long resident) {}

  /** How much more is still flat: percent of what was, and so many MiB. */
  public record Slack(int percent, int mib) {
    private long over(long before) {
      return before + before * percent / 100 + mib;
    }
  }

  /** Looks at the end of an interval; returns what it saw, for people. */
  public String look() throws IOException {
    System.gc();
    Look look =
        new Look(
            ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20,
            residentKib() >> 10);
    looks.add(look);
    return "heap %d MiB, resident %d MiB".formatted(look.heap(), look.resident());
  }

  private static long residentKib() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }

  /**
   * Holds the least of the last quarter against the most of the quarter before the middle, when
   * everything has been touched once.
   */
  public void assertFlat(Slack heap, Slack resident) {
    assertThat(looks).as("intervals, in quarters").hasSizeGreaterThanOrEqualTo(4);
    assertFlat("heap, MiB", Look::heap, heap);
    assertFlat("resident memory, MiB", Look::resident, resident);
  }

  private void assertFlat(String name, ToLongFunction<Look> what, Slack slack) {
    int quarter = looks.size() / 4;
    long before = looks.subList(quarter, 2 * quarter).stream().mapToLong(what).max().orElseThrow();
    long after =
        looks.subList(3 * quarter, 4 * quarter).stream().mapToLong(what).min().orElseThrow();
    assertThat(after).as(name).isLessThan(slack.over(before));
  }
}
