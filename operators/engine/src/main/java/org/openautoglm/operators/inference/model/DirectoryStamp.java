package org.openautoglm.operators.inference.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.core.fs.FileSystem;
import org.openautoglm.operators.inference.ModelLoadException;

/**
 * What a directory looks like from outside: where it really lies, and the names, sizes, times and,
 * on a local disk, identities of its files. As long as that stays the same, so does the content,
 * unless somebody means to deceive; to look costs a listing and reads nothing.
 */
public final class DirectoryStamp {
  private static final int FILES_MAX = 1_000;

  /** The directory, and one folder in it, as models have them. */
  private static final int DEPTH = 2;

  private DirectoryStamp() {}

  /**
   * Looks at a directory.
   *
   * @param location a local path, or any Flink file system URI
   * @param convert whether checkpoints beside the graph count, because the model is converted when
   *     it is loaded
   * @throws IOException when it is not there or cannot be looked at
   */
  public static String of(String location, boolean convert) throws IOException {
    try {
      Optional<Path> local = ModelCache.local(location);
      if (local.isPresent()) {
        return local(local.get());
      }
      org.apache.flink.core.fs.Path path = new org.apache.flink.core.fs.Path(location);
      FileSystem files = FileSystem.get(path.toUri());
      RemoteDirectory.Use use = convert ? RemoteDirectory.Use.CONVERT : RemoteDirectory.Use.RUN;
      return RemoteDirectory.list(location, files, path, use).toString();
    } catch (ModelLoadException | IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static String local(Path directory) throws IOException {
    Path root = directory.toRealPath();
    StringBuilder stamp = new StringBuilder(root.toString());
    try (Stream<Path> found = Files.walk(root, DEPTH, FileVisitOption.FOLLOW_LINKS)) {
      List<Path> files = found.filter(Files::isRegularFile).limit(FILES_MAX + 1).sorted().toList();
      if (files.size() > FILES_MAX) {
        throw new IOException(
            directory + " has more than " + FILES_MAX + " files; a model has at most so many");
      }
      for (Path file : files) {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        stamp
            .append('\n')
            .append(root.relativize(file))
            .append(':')
            .append(attributes.size())
            .append(':')
            .append(attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS))
            .append(':')
            .append(attributes.fileKey());
      }
    }
    return stamp.toString();
  }
}
