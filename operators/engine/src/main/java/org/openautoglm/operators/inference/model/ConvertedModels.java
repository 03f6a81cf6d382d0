package org.openautoglm.operators.inference.model;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.openautoglm.operators.conversion.Conversion;
import org.openautoglm.operators.inference.ModelLoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what models were converted to, beside the copies of {@link ModelCache}, under a key made of
 * the content of their source, of what was wanted and of the converter's version. A conversion
 * appears whole or not at all, and one process makes it while the others wait.
 */
public final class ConvertedModels {
  private static final Logger LOG = LoggerFactory.getLogger(ConvertedModels.class);
  private static final String FOLDER = "converted";
  private static final long SAID_EVERY_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Digests of sources that were looked at before and have not changed since. */
  private static final Map<String, String> DIGESTS = new ConcurrentHashMap<>();

  private ConvertedModels() {}

  /** What is wanted of a source. */
  public interface Wish {

    /** Everything but the source that the result depends on, in words. */
    String key();

    /**
     * Converts.
     *
     * @param target nothing is there, and its directory is
     * @param progress takes words for people
     */
    void convert(Path source, Path target, Consumer<String> progress) throws IOException;
  }

  /** The directory of a conversion, which is made if it is not there. */
  static Path get(String name, Path source, Wish wish) throws ModelLoadException {
    try {
      Path cache = Files.createDirectories(ModelCache.cacheDirectory().resolve(FOLDER));
      Path target = cache.resolve(key(source, wish));
      if (!Files.isDirectory(target)) {
        convertOnce(name, source, target, wish);
      }
      return target;
    } catch (IOException e) {
      throw new ModelLoadException(
          "model "
              + name
              + " cannot be converted ("
              + wish.key()
              + "): "
              + e.getMessage()
              + "\nWith quantize: false it runs as it is",
          e);
    }
  }

  /** One at a time in this process; file locks exclude other processes only. */
  private static synchronized void convertOnce(String name, Path source, Path target, Wish wish)
      throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                target.resolveSibling(target.getFileName() + ".lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = lock(channel)) {
      if (lock.isValid() && !Files.isDirectory(target)) {
        LOG.info("Model {}: converting {} ({}) to {}", name, source, wish.key(), target);
        long startNanos = System.nanoTime();
        wish.convert(source, target, new Said(name));
        LOG.info(
            "Model {} is converted, after {} s; the conversion is kept",
            name,
            TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos));
      }
    }
  }

  /** Jobs of other class loaders in this process may hold it too, which the platform refuses. */
  private static FileLock lock(FileChannel channel) throws IOException {
    while (true) {
      try {
        return channel.lock();
      } catch (OverlappingFileLockException e) {
        if (Thread.interrupted()) {
          throw new IOException("interrupted while another job converts the model", e);
        }
        LockSupport.parkNanos(LOOK_EVERY_NANOS);
      }
    }
  }

  private static String key(Path source, Wish wish) throws IOException {
    String stamp = stamp(source);
    String digest = DIGESTS.get(stamp);
    if (digest == null) {
      digest = Conversion.sourceDigest(source.toRealPath());
      DIGESTS.put(stamp, digest);
    }
    String all = digest + " " + wish.key() + " " + Conversion.VERSION;
    byte[] hash = FileDigests.newSha256().digest(all.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(hash).substring(0, 32);
  }

  /** Names, sizes and times of all files: changes whenever one does. */
  private static String stamp(Path source) throws IOException {
    Map<String, String> stamps = new TreeMap<>();
    try (Stream<Path> files = Files.walk(source.toRealPath(), 2)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (Files.isRegularFile(file)) {
          BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
          stamps.put(file.toString(), attributes.size() + ":" + attributes.lastModifiedTime());
        }
      }
    }
    return stamps.toString();
  }

  /** Puts progress into the log, now and then. */
  private static final class Said implements Consumer<String> {
    private final String name;
    private long lastNanos = System.nanoTime();

    Said(String name) {
      this.name = name;
    }

    @Override
    public void accept(String words) {
      long now = System.nanoTime();
      if (now - lastNanos >= SAID_EVERY_NANOS) {
        lastNanos = now;
        LOG.info("Model {}: {}", name, words);
      }
    }
  }
}
