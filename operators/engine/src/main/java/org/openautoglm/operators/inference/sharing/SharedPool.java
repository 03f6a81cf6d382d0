package org.openautoglm.operators.inference.sharing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.openautoglm.operators.inference.DaemonTimer;
import org.openautoglm.operators.inference.ModelLoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is loaded once in a process and shared by all who ask for the same key: sessions and
 * tokenizers. The first who asks loads, those who ask meanwhile wait for it, and the last who gives
 * its share back closes, or leaves it for whoever asks within some time. Different keys load side
 * by side. Thread-safe.
 *
 * @param <K> what tells things apart; has equals and hashCode
 * @param <V> what is shared
 */
public final class SharedPool<K, V extends AutoCloseable> {
  private static final Logger LOG = LoggerFactory.getLogger(SharedPool.class);

  private final Map<K, Entry<V>> entries = new HashMap<>();
  private final ScheduledExecutorService timer = DaemonTimer.named("autoglm-kept");

  /**
   * A share in the thing of this key, which is closed with the last share.
   *
   * @throws ModelLoadException when it is not there and cannot be loaded; the next to ask tries
   *     again
   */
  public Share<V> acquire(K key, Loader<V> loader) throws ModelLoadException {
    return acquire(key, 0, value -> true, loader);
  }

  /**
   * A share in the thing of this key.
   *
   * @param keepMs how long the thing is kept after its last share, milliseconds; who asked last
   *     decides
   * @param sound asked when the last share ends: whether the thing is still worth keeping
   * @throws ModelLoadException when it is not there and cannot be loaded; the next to ask tries
   *     again
   */
  public Share<V> acquire(K key, long keepMs, Predicate<V> sound, Loader<V> loader)
      throws ModelLoadException {
    Entry<V> entry;
    synchronized (entries) {
      entry = entries.computeIfAbsent(key, k -> new Entry<>());
      entry.shares++;
      entry.keepMs = keepMs;
      entry.sound = sound;
      entry.stopClosing();
    }
    boolean loaded = false;
    try {
      synchronized (entry) {
        if (entry.value == null) {
          entry.value = loader.load();
        }
      }
      loaded = true;
      return new Share<>(this, key, entry);
    } finally {
      if (!loaded) {
        giveBack(key, entry);
      }
    }
  }

  /** Things alive at this moment, those among them that are kept though nobody uses them. */
  public int size() {
    synchronized (entries) {
      return entries.size();
    }
  }

  /** Closes what is kept though nobody uses it, where the key is one of these. */
  public void closeUnused(Predicate<K> which) {
    List<Entry<V>> unused = new ArrayList<>();
    synchronized (entries) {
      for (Iterator<Map.Entry<K, Entry<V>>> all = entries.entrySet().iterator(); all.hasNext(); ) {
        Map.Entry<K, Entry<V>> each = all.next();
        if (each.getValue().shares == 0 && which.test(each.getKey())) {
          each.getValue().stopClosing();
          all.remove();
          unused.add(each.getValue());
        }
      }
    }
    unused.forEach(Entry::close);
  }

  private Share<V> again(K key, Entry<V> entry) {
    synchronized (entries) {
      if (entry.shares == 0) {
        throw new IllegalStateException(entry.value + " is closed");
      }
      entry.shares++;
    }
    return new Share<>(this, key, entry);
  }

  private void giveBack(K key, Entry<V> entry) {
    synchronized (entries) {
      entry.shares--;
      if (entry.shares > 0) {
        return;
      }
      if (entry.value != null && entry.keepMs > 0 && entry.sound.test(entry.value)) {
        entry.closing =
            timer.schedule(() -> closeKept(key, entry), entry.keepMs, TimeUnit.MILLISECONDS);
        return;
      }
      entries.remove(key, entry);
    }
    entry.close();
  }

  private void closeKept(K key, Entry<V> entry) {
    synchronized (entries) {
      // Not where it was taken over at the last moment, and perhaps is kept anew since.
      if (entry.shares > 0 || entry.closing == null || !entries.remove(key, entry)) {
        return;
      }
    }
    try {
      entry.close();
    } catch (RuntimeException e) {
      LOG.warn("What was kept did not close", e);
    }
  }

  /** Guarded by the map, but for its value, which is loaded under its own lock. */
  private static final class Entry<V extends AutoCloseable> {
    private int shares;
    private long keepMs;
    private Predicate<V> sound = value -> true;
    private Future<?> closing;
    private volatile V value;

    void stopClosing() {
      if (closing != null) {
        closing.cancel(false);
        closing = null;
      }
    }

    void close() {
      if (value == null) {
        return;
      }
      try {
        value.close();
      } catch (Exception e) {
        throw new IllegalStateException("cannot close " + value, e);
      }
    }
  }

  /** Loads what is not there yet. */
  @FunctionalInterface
  public interface Loader<V> {
    V load() throws ModelLoadException;
  }

  /** One user's right to use a shared thing; closing it twice is closing it once. */
  public static final class Share<V extends AutoCloseable> implements AutoCloseable {
    private final Supplier<Share<V>> again;
    private final V value;
    private final Runnable giveBack;
    private final AtomicBoolean open = new AtomicBoolean(true);

    private <K> Share(SharedPool<K, V> pool, K key, Entry<V> entry) {
      this.value = entry.value;
      this.giveBack = () -> pool.giveBack(key, entry);
      this.again = () -> pool.again(key, entry);
    }

    public V value() {
      return value;
    }

    /** One more share in the same thing, to be closed by itself; this one must be open. */
    public Share<V> again() {
      if (!open.get()) {
        throw new IllegalStateException("the share in " + value + " is closed");
      }
      return again.get();
    }

    @Override
    public void close() {
      if (open.compareAndSet(true, false)) {
        giveBack.run();
      }
    }
  }
}
