package org.openautoglm.operators.inference.reload;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.RefCount;
import org.openautoglm.operators.inference.sharing.SharedPool.Share;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The versions of one model in this process: the one that serves, and older ones that still run for
 * somebody. Whoever runs batches holds a lease on one version; a newer one is loaded and tried
 * beside it by a thread of its own, and whoever asks for the {@link EngineLease#successor} goes on
 * with that. A version is closed when its last lease is, so that what began on it ends on it.
 *
 * <p>Thread-safe. While versions change, two are in memory.
 *
 * @param <V> a version that is loaded
 */
public final class ModelVersions<V extends LoadedVersion> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ModelVersions.class);

  private final String model;
  private final ScheduledExecutorService thread;
  private final VersionWatch<V> watch;
  private final Set<Wake> wakes = ConcurrentHashMap.newKeySet();
  private volatile Counted<V> serving;
  private boolean closed;

  /** A version and who uses it: this object while it serves, and its leases. */
  private static final class Counted<V> {
    private final V version;
    private final RefCount users;

    Counted(V version, RefCount users) {
      this.version = version;
      this.users = users;
    }
  }

  /** Somebody to be told, told apart from all others. */
  private static final class Wake {
    private final Runnable call;

    Wake(Runnable call) {
      this.call = call;
    }
  }

  /**
   * @param model its name, for the log
   * @param first the version that serves first; owned by this object from now on
   * @param settled how the source's place looked before the first version was read
   * @param thread looks and loads; ended when this object is closed
   */
  public ModelVersions(
      String model,
      V first,
      VersionSource<V> source,
      String settled,
      ScheduledExecutorService thread) {
    this.model = model;
    this.thread = thread;
    this.serving = counted(first);
    this.watch = new VersionWatch<>(model, source, settled, () -> serving.version, this::replace);
  }

  /** Looks for a new version, and loads and serves it if there is one. The thread's. */
  public void look() {
    watch.look();
  }

  /**
   * A lease on the version that serves.
   *
   * @param share in this object; closed with the lease
   */
  public EngineLease lease(Share<ModelVersions<V>> share) {
    while (true) {
      Counted<V> version = serving;
      if (version.users.tryRetain()) {
        return new Lease<>(this, version, share);
      }
      // It has just been replaced: the next look sees the new one.
    }
  }

  private Counted<V> counted(V version) {
    return new Counted<>(version, new RefCount(() -> free(version)));
  }

  /** On the thread, so that a task does not wait for it; here, where that has ended. */
  private void free(V version) {
    Runnable close =
        () -> {
          version.close();
          LOG.info("A version of model {} is closed: {}", model, words(version));
        };
    try {
      thread.execute(close);
    } catch (RejectedExecutionException e) {
      close.run();
    }
  }

  private void replace(V version) {
    Counted<V> newer = counted(version);
    Counted<V> older;
    synchronized (this) {
      if (closed) {
        newer.users.release();
        return;
      }
      older = serving;
      serving = newer;
    }
    LOG.info(
        "Model {} goes on with a new version: {} instead of {}",
        model,
        words(version),
        words(older.version));
    older.users.release();
    wakes.forEach(wake -> wake.call.run());
  }

  private static String words(LoadedVersion version) {
    InferenceEngine engine = version.engines().get(0);
    String name = engine.identity().version();
    return (name.isEmpty() ? "" : name + ", ") + "sha256 " + engine.identity().digest();
  }

  /** Called with the last lease. */
  @Override
  public void close() {
    Counted<V> last;
    synchronized (this) {
      closed = true;
      last = serving;
    }
    // What is being loaded at this moment is closed when it is there.
    thread.shutdown();
    last.users.release();
  }

  private static final class Lease<V extends LoadedVersion> implements EngineLease {
    private final ModelVersions<V> versions;
    private final Counted<V> version;
    private final Share<ModelVersions<V>> share;
    private Wake wake;
    private boolean closed;

    Lease(ModelVersions<V> versions, Counted<V> version, Share<ModelVersions<V>> share) {
      this.versions = versions;
      this.version = version;
      this.share = share;
    }

    @Override
    public List<InferenceEngine> engines() {
      return version.version.engines();
    }

    @Override
    public Optional<EngineLease> successor() {
      return versions.serving == version
          ? Optional.empty()
          : Optional.of(versions.lease(share.again()));
    }

    @Override
    public void onSuccessor(Runnable call) {
      synchronized (this) {
        if (closed || wake != null) {
          return;
        }
        wake = new Wake(call);
        versions.wakes.add(wake);
      }
      if (versions.serving != version) {
        call.run();
      }
    }

    @Override
    public long failedReloads() {
      return versions.watch.failures();
    }

    @Override
    public void close() {
      synchronized (this) {
        if (closed) {
          return;
        }
        closed = true;
        if (wake != null) {
          versions.wakes.remove(wake);
        }
      }
      version.users.release();
      share.close();
    }
  }
}
