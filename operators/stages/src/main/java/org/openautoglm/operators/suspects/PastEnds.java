package org.openautoglm.operators.suspects;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads the files that operators have left behind: what was in hand each time that a process died,
 * or that an error of which a record may be the cause failed its tasks.
 *
 * <p>Files of a process that is dead say what it had in hand when it died, those of the kind {@code
 * fault} what it had in hand at an error. All operators of a process, of whatever job, make one
 * end: a record was alone if nothing else was in hand in the whole process.
 */
final class PastEnds {
  /** A job is back long before that, and what ran since is suspect no more. */
  private static final Duration KEPT = Duration.ofHours(1);

  /** Kinds of files. */
  static final String IN_HAND = "in-hand";

  static final String FAULT = "fault";

  private static final Pattern NAME =
      Pattern.compile("(\\d+-\\d+)-(\\d+)-.*\\.(" + IN_HAND + "|" + FAULT + ")");

  private PastEnds() {}

  /** One end: when it was, as far as files tell, and what was in hand. */
  private record End(Instant at, Set<Long> records) {}

  /** A name for a file of this process. */
  static String fileName(int attempt, String operator, String kind) {
    return thisProcess() + "-" + attempt + "-" + operator + "." + kind;
  }

  /**
   * By record, what is known of those that were in hand at an end.
   *
   * @param directory of a job, beside those of other jobs
   */
  static Map<Long, Past> read(Path directory) throws IOException {
    Map<String, List<Path>> left = left(directory);
    List<End> ends = new ArrayList<>();
    for (Map.Entry<String, List<Path>> files : left.entrySet()) {
      ends.add(end(files.getKey(), files.getValue(), directory));
    }
    ends.sort(Comparator.comparing(End::at));
    Map<Long, Past> past = new HashMap<>();
    for (End end : ends) {
      boolean alone = end.records().size() == 1;
      for (long record : end.records()) {
        Past before = past.get(record);
        past.put(record, new Past(before == null ? 1 : before.ends() + 1, alone, end.at()));
      }
    }
    return past;
  }

  /**
   * The files that tell of ends: a process's that died by its name, those of errors by the attempt
   * that they failed, too.
   */
  private static Map<String, List<Path>> left(Path directory) throws IOException {
    Map<String, List<Path>> left = new HashMap<>();
    for (Path file : files(directory)) {
      Matcher name = NAME.matcher(file.getFileName().toString());
      if (!name.matches()) {
        continue; // Not ours.
      }
      String process = name.group(1);
      boolean isFault = name.group(3).equals(FAULT);
      if (!isFault && isAlive(process)) {
        continue;
      }
      if (writtenAt(file).isBefore(Instant.now().minus(KEPT))) {
        Files.deleteIfExists(file);
        continue;
      }
      String end = isFault ? process + "-" + name.group(2) : process;
      left.computeIfAbsent(end, key -> new ArrayList<>()).add(file);
    }
    return left;
  }

  private static End end(String name, List<Path> files, Path directory) throws IOException {
    // Where it is a process, files of its other jobs tell more.
    Set<Long> records = inHand(name, directory);
    Instant at = Instant.EPOCH;
    for (Path file : files) {
      records.addAll(InHand.read(file));
      Instant written = writtenAt(file);
      at = written.isAfter(at) ? written : at;
    }
    return new End(at, records);
  }

  /** What this process has in hand now, for any job. */
  static Set<Long> inHandNow(Path directory) throws IOException {
    return inHand(thisProcess(), directory);
  }

  /** What a process has in hand, or had when it died, for any job. */
  private static Set<Long> inHand(String process, Path directory) throws IOException {
    Set<Long> records = new HashSet<>();
    for (Path job : files(directory.getParent())) {
      for (Path file : files(job)) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        if (name.matches() && name.group(1).equals(process) && name.group(3).equals(IN_HAND)) {
          records.addAll(InHand.read(file));
        }
      }
    }
    return records;
  }

  /** What is in a directory; nothing where there is none, or no more. */
  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> listed = Files.list(directory)) {
      return listed.toList();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
  }

  private static Instant writtenAt(Path file) throws IOException {
    try {
      return Files.getLastModifiedTime(file).toInstant();
    } catch (NoSuchFileException e) {
      return Instant.now(); // Another operator has just removed it.
    }
  }

  private static String thisProcess() {
    ProcessHandle process = ProcessHandle.current();
    return process.pid() + "-" + startMs(process);
  }

  /** A process id alone says nothing: in containers it is always the same. */
  private static boolean isAlive(String process) {
    String[] parts = process.split("-", 2);
    long start = Long.parseLong(parts[1]);
    return ProcessHandle.of(Long.parseLong(parts[0]))
        .filter(found -> startMs(found) == start)
        .isPresent();
  }

  private static long startMs(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }
}
