package org.openautoglm.operators.inference.reload;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.openautoglm.operators.inference.ModelLoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when there is a new version to be loaded, one look at a time:
 *
 * <ul>
 *   <li>A place that changed since the last look may still be written to: it is left alone until it
 *       looks the same twice in a row.
 *   <li>A version that cannot be loaded, or fails its probe, changes nothing. It is said once, and
 *       not tried again until the place changes again.
 *   <li>A version whose files change while they are read is dropped, and looked at again later.
 *   <li>A place that is gone, or cannot be looked at, changes nothing either.
 * </ul>
 *
 * Belongs to one thread, but for {@link #failures}.
 *
 * @param <V> a version that is loaded
 */
final class VersionWatch<V extends LoadedVersion> {
  private static final Logger LOG = LoggerFactory.getLogger(VersionWatch.class);

  private final String model;
  private final VersionSource<V> source;
  private final Supplier<V> serving;
  private final Consumer<V> newVersion;

  /** How the place looked when it was last settled: loaded, refused, or no change after all. */
  private String settled;

  /** How it looked the last time. */
  private String seen;

  private boolean gone;
  private final AtomicLong failures = new AtomicLong();

  /**
   * @param model its name, for the log
   * @param settled how the place looked before the serving version was read
   * @param serving the version that serves at the moment
   * @param newVersion takes a version that is to serve from now on
   */
  VersionWatch(
      String model,
      VersionSource<V> source,
      String settled,
      Supplier<V> serving,
      Consumer<V> newVersion) {
    this.model = model;
    this.source = source;
    this.settled = settled;
    this.seen = settled;
    this.serving = serving;
    this.newVersion = newVersion;
  }

  /** Versions that did not come to serve. */
  long failures() {
    return failures.get();
  }

  /** Looks once, and loads what is new and settled. */
  void look() {
    Optional<String> now = stamp();
    if (now.isEmpty()) {
      return;
    }
    String stamp = now.get();
    boolean settling = !stamp.equals(seen);
    seen = stamp;
    if (!settling && !stamp.equals(settled)) {
      load(stamp);
    }
  }

  private Optional<String> stamp() {
    try {
      String stamp = source.stamp();
      if (gone) {
        LOG.info("The directory of model {} can be looked at again", model);
      }
      gone = false;
      return Optional.of(stamp);
    } catch (IOException | RuntimeException e) {
      if (!gone) {
        LOG.warn(
            "The directory of model {} cannot be looked at; the version in memory goes on: {}",
            model,
            e.toString());
      }
      gone = true;
      return Optional.empty();
    }
  }

  private void load(String stamp) {
    Optional<V> loaded = Optional.empty();
    try {
      loaded = source.load(serving.get());
    } catch (ModelLoadException | RuntimeException | OutOfMemoryError e) {
      if (isUnchangedSince(stamp)) {
        settled = stamp;
        failures.incrementAndGet();
        LOG.error(
            "A new version of model {} is not taken; the one in memory goes on. It is tried again"
                + " when its files change: {}",
            model,
            e.getMessage(),
            e);
      }
      return;
    }
    if (!isUnchangedSince(stamp)) {
      LOG.info("A new version of model {} changed while it was read; it is read again", model);
      loaded.ifPresent(LoadedVersion::close);
      return;
    }
    settled = stamp;
    loaded.ifPresent(newVersion);
  }

  /** Whether what was read can have been one version. */
  private boolean isUnchangedSince(String stamp) {
    Optional<String> now = stamp();
    now.ifPresent(other -> seen = other);
    return now.isPresent() && now.get().equals(stamp);
  }
}
