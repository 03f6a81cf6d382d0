package org.openautoglm.jobs.local;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.openautoglm.jobs.kafka.start.KeptState;

/** The checkpoints and savepoints that earlier runs left in directories. */
public final class RetainedCheckpoints {
  private static final int NAMED_MAX = 3;

  private RetainedCheckpoints() {}

  /** The newest complete one, of whichever run. */
  public static Optional<Path> newest(Path... directories) throws IOException {
    return newestFirst(directories).stream().findFirst();
  }

  /**
   * The newest that a job of a name left.
   *
   * @throws IOException when there is none; the message says what there is
   */
  public static Path newestOf(String name, Path... directories) throws IOException {
    List<String> others = new ArrayList<>();
    for (Path kept : newestFirst(directories)) {
      Optional<String> owner = KeptState.owner(kept);
      if (owner.equals(Optional.of(name))) {
        return kept;
      }
      others.add(kept + owner.map(other -> " of job " + other).orElse(" without a job's name"));
    }
    StringBuilder words =
        new StringBuilder("no checkpoint or savepoint of job ")
            .append(name)
            .append(" was kept in ")
            .append(Arrays.stream(directories).map(Path::toString).collect(joining(" or ")));
    if (!others.isEmpty()) {
      words.append("; --from-savepoint takes any that is this job's. The newest there are:");
      others.stream().limit(NAMED_MAX).forEach(other -> words.append("\n  ").append(other));
    }
    throw new IOException(words.toString());
  }

  /** All that are complete, the newest first: a checkpoint without its metadata is none. */
  private static List<Path> newestFirst(Path... directories) throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path directory : directories) {
      if (Files.isDirectory(directory)) {
        try (Stream<Path> files =
            Files.find(directory, 3, (path, attributes) -> isMetadata(path))) {
          files.forEach(found::add);
        }
      }
    }
    return found.stream()
        .sorted(Comparator.comparing(RetainedCheckpoints::written).reversed())
        .map(Path::getParent)
        .toList();
  }

  /** Whether it is a checkpoint, which belongs to Flink, and not a savepoint, which does not. */
  public static boolean isCheckpoint(Path path) {
    return path.getFileName().toString().startsWith("chk-");
  }

  private static boolean isMetadata(Path path) {
    return path.endsWith("_metadata")
        && (isCheckpoint(path.getParent())
            || path.getParent().getFileName().toString().startsWith("savepoint-"));
  }

  private static FileTime written(Path metadata) {
    try {
      return Files.getLastModifiedTime(metadata);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }
}
