package org.openautoglm.flink.ha;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.persistence.IntegerResourceVersion;
import org.apache.flink.runtime.persistence.StateHandleStore;
import org.apache.flink.runtime.state.RetrievableStateHandle;
import org.apache.flink.runtime.state.RetrievableStreamStateHandle;
import org.apache.flink.util.InstantiationUtil;

/**
 * Serialised objects by name, a file each, of one writer at a time: so nothing is ever locked, and
 * of versions there is only "is there" and "is not".
 *
 * @param <T> what is stored
 */
final class FileStateHandleStore<T extends Serializable>
    implements StateHandleStore<T, IntegerResourceVersion> {
  private static final IntegerResourceVersion IS_THERE = IntegerResourceVersion.valueOf(1);

  private final Path directory;

  FileStateHandleStore(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory);
  }

  @Override
  public RetrievableStateHandle<T> addAndLock(String name, T state) throws Exception {
    if (Files.exists(file(name))) {
      throw new AlreadyExistException(file(name) + " is there already");
    }
    return write(name, state);
  }

  @Override
  public void replace(String name, IntegerResourceVersion version, T state) throws Exception {
    requireThere(name);
    write(name, state);
  }

  @Override
  public IntegerResourceVersion exists(String name) {
    return Files.exists(file(name)) ? IS_THERE : IntegerResourceVersion.notExisting();
  }

  @Override
  public RetrievableStateHandle<T> getAndLock(String name) throws Exception {
    requireThere(name);
    return handle(name);
  }

  @Override
  public List<Tuple2<RetrievableStateHandle<T>, String>> getAllAndLock() throws IOException {
    List<Tuple2<RetrievableStateHandle<T>, String>> all = new ArrayList<>();
    for (String name : getAllHandles()) {
      all.add(Tuple2.of(handle(name), name));
    }
    return all;
  }

  /** Their names, in order. */
  @Override
  public Collection<String> getAllHandles() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.startsWith(WholeFile.UNFINISHED))
          .sorted()
          .toList();
    }
  }

  @Override
  public boolean releaseAndTryRemove(String name) throws IOException {
    Files.deleteIfExists(file(name));
    return true;
  }

  @Override
  public void clearEntries() throws IOException {
    for (String name : getAllHandles()) {
      releaseAndTryRemove(name);
    }
  }

  @Override
  public void release(String name) {}

  @Override
  public void releaseAll() {}

  private RetrievableStateHandle<T> write(String name, T state) throws IOException {
    byte[] bytes = InstantiationUtil.serializeObject(state);
    WholeFile.write(file(name), bytes);
    return handle(name);
  }

  private RetrievableStateHandle<T> handle(String name) throws IOException {
    Path file = file(name);
    return new RetrievableStreamStateHandle<>(
        org.apache.flink.core.fs.Path.fromLocalFile(file.toFile()), Files.size(file));
  }

  private void requireThere(String name) throws NotExistException {
    if (!Files.exists(file(name))) {
      throw new NotExistException(file(name) + " is not there");
    }
  }

  private Path file(String name) {
    return directory.resolve(name);
  }
}
