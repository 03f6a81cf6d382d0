package org.openautoglm.jobs.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The checkpoints and savepoints that earlier runs left in directories. */
public final class RetainedCheckpoints {
  private RetainedCheckpoints() {}

  /** The newest complete one, of whichever run. */
  public static Optional<Path> newest(Path... directories) throws IOException {
    return newestFirst(directories).stream().findFirst();
  }

  /** All that are complete, the newest first: a checkpoint without its metadata is none. */
  public static List<Path> newestFirst(Path... directories) throws IOException {
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
