package org.openautoglm.operators.inference.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;

/**
 * The files of a directory on a Flink file system that a model needs: its small ones, the graph
 * that will run and its weights, not the other graphs and checkpoints beside it.
 */
final class RemoteDirectory {
  private static final int FILES_MAX = 1_000;
  private static final long SMALL_FILE_BYTES = 64L << 20;
  private static final Set<String> SMALL_FILES =
      Set.of("json", "txt", "jinja", "model", "md", Checksums.FILE);

  /** What a directory is needed for. */
  enum Use {
    /** Its graph runs. */
    RUN,
    /** Its graph or its checkpoint is converted first. */
    CONVERT
  }

  private final FileSystem files;
  private final List<Item> items;

  private RemoteDirectory(FileSystem files, List<Item> items) {
    this.files = files;
    this.items = items;
  }

  static RemoteDirectory list(
      String location, FileSystem files, org.apache.flink.core.fs.Path root, Use use)
      throws IOException {
    List<Item> all = new ArrayList<>();
    for (FileStatus entry : files.listStatus(root)) {
      if (entry.isDir()) {
        String folder = entry.getPath().getName();
        for (FileStatus inner : files.listStatus(entry.getPath())) {
          if (!inner.isDir()) {
            all.add(new Item(folder + "/" + inner.getPath().getName(), inner));
          }
        }
      } else {
        all.add(new Item(entry.getPath().getName(), entry));
      }
    }
    if (all.size() > FILES_MAX) {
      throw new IOException("it has " + all.size() + " files; a model has at most " + FILES_MAX);
    }
    Problems problems = new Problems();
    Optional<String> graph =
        GraphFile.choose(all.stream().map(Item::name).collect(Collectors.toSet()), problems);
    boolean checkpoint = use == Use.CONVERT && all.stream().anyMatch(Item::isCheckpoint);
    if (!checkpoint) {
      problems.throwIfAny(location);
    }
    return new RemoteDirectory(
        files,
        all.stream()
            .filter(
                item ->
                    item.isSmall()
                        || graph.filter(item::isOfGraph).isPresent()
                        || (checkpoint && item.isCheckpoint()))
            .sorted()
            .toList());
  }

  void copyTo(Path target) throws IOException {
    for (Item item : items) {
      Path file = target.resolve(item.name);
      Files.createDirectories(file.getParent());
      try (InputStream in = files.open(item.status.getPath());
          OutputStream out = Files.newOutputStream(file)) {
        in.transferTo(out);
      }
    }
  }

  /** Names, sizes and times: changes whenever a file does. */
  @Override
  public String toString() {
    return items.toString();
  }

  private record Item(String name, FileStatus status) implements Comparable<Item> {
    boolean isSmall() {
      String suffix = name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('/')) + 1);
      return SMALL_FILES.contains(suffix) && status.getLen() <= SMALL_FILE_BYTES;
    }

    boolean isOfGraph(String graph) {
      return name.equals(graph) || GraphFile.isExternalData(name, graph);
    }

    boolean isCheckpoint() {
      return name.endsWith(".safetensors");
    }

    @Override
    public int compareTo(Item other) {
      return name.compareTo(other.name);
    }

    @Override
    public String toString() {
      return name + ":" + status.getLen() + ":" + status.getModificationTime();
    }
  }
}
