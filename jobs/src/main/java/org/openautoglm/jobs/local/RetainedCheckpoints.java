package org.openautoglm.jobs.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** The checkpoints that earlier runs left in a directory. */
final class RetainedCheckpoints {
  private RetainedCheckpoints() {}

  /** The newest complete one, of whichever run: a checkpoint without its metadata is none. */
  static Optional<Path> newest(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.find(directory, 3, (path, attributes) -> isMetadata(path))) {
      return files.max(Comparator.comparing(RetainedCheckpoints::written)).map(Path::getParent);
    }
  }

  private static boolean isMetadata(Path path) {
    return path.endsWith("_metadata")
        && path.getParent().getFileName().toString().startsWith("chk-");
  }

  private static FileTime written(Path metadata) {
    try {
      return Files.getLastModifiedTime(metadata);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }
}
