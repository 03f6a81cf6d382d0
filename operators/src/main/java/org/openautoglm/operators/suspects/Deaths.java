package org.openautoglm.operators.suspects;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads the files that operators have left behind and says how often each record was in hand when a
 * process died or failed.
 *
 * <p>An end that accuses what was in hand, by an error or with a crash report of the JVM, weighs
 * {@value #ACCUSING}; one without a trace, as {@code kill -9} or a machine short of memory leave
 * it, weighs {@value #SILENT}, for it hits the innocent. From {@value #GUILTY} on a record is
 * guilty: two of the first kind, three of the second.
 */
final class Deaths {
  static final int ACCUSING = 3;
  static final int SILENT = 2;
  static final int GUILTY = 6;

  /** A job is back long before that, and what ran since is suspect no more. */
  private static final Duration KEPT = Duration.ofHours(1);

  private static final Pattern NAME = Pattern.compile("(\\d+)-(\\d+)-.*\\.(in-hand|fault)");

  private Deaths() {}

  /** A name for a file of this process. */
  static String fileName(String operator, String kind) {
    ProcessHandle process = ProcessHandle.current();
    return process.pid() + "-" + startMs(process) + "-" + operator + "." + kind;
  }

  /** By record: the weight of the ends at which it was in hand. */
  static Map<Long, Integer> weights(Path directory) throws IOException {
    Map<Long, Integer> weights = new HashMap<>();
    if (!Files.isDirectory(directory)) {
      return weights;
    }
    List<Path> files;
    try (Stream<Path> listed = Files.list(directory)) {
      files = listed.toList();
    }
    // Of a process that died, all operators had something in hand: each record counts once.
    Map<String, Set<Long>> byProcess = new HashMap<>();
    for (Path file : files) {
      Matcher name = NAME.matcher(file.getFileName().toString());
      if (!name.matches()) {
        continue; // Not ours.
      }
      boolean isAlive = isAlive(Long.parseLong(name.group(1)), Long.parseLong(name.group(2)));
      if (isAlive && name.group(3).equals("in-hand")) {
        continue;
      }
      if (isOld(file)) {
        Files.deleteIfExists(file);
      } else if (name.group(3).equals("fault")) {
        InHand.read(file).forEach(record -> weights.merge(record, ACCUSING, Integer::sum));
      } else {
        byProcess
            .computeIfAbsent(name.group(1) + "-" + name.group(2), key -> new HashSet<>())
            .addAll(InHand.read(file));
      }
    }
    byProcess.forEach(
        (process, records) -> {
          int weight = hasReport(process) ? ACCUSING : SILENT;
          records.forEach(record -> weights.merge(record, weight, Integer::sum));
        });
    return weights;
  }

  private static boolean isOld(Path file) {
    try {
      return Files.getLastModifiedTime(file).toInstant().isBefore(Instant.now().minus(KEPT));
    } catch (IOException e) {
      return false; // Another operator has just removed it.
    }
  }

  /** A process id alone says nothing: in containers it is always the same. */
  private static boolean isAlive(long pid, long startMs) {
    return ProcessHandle.of(pid).filter(process -> startMs(process) == startMs).isPresent();
  }

  private static long startMs(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  /** Whether the JVM has written why it crashed, where it does unless told otherwise. */
  private static boolean hasReport(String process) {
    String[] parts = process.split("-", 2);
    String name = "hs_err_pid" + parts[0] + ".log";
    Stream<Path> places =
        Stream.concat(
            Stream.of(Path.of(name), Path.of(System.getProperty("java.io.tmpdir"), name)),
            ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-XX:ErrorFile="))
                .map(argument -> argument.substring("-XX:ErrorFile=".length()))
                .map(path -> Path.of(path.replace("%p", parts[0]))));
    Instant start = Instant.ofEpochMilli(Long.parseLong(parts[1]));
    return places.anyMatch(report -> isNewer(report, start));
  }

  private static boolean isNewer(Path file, Instant than) {
    try {
      return Files.getLastModifiedTime(file).toInstant().isAfter(than);
    } catch (IOException e) {
      return false;
    }
  }
}
