package org.openautoglm.operators.inference;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * What is loaded once in a process and shared by all who ask for the same key: sessions and
 * tokenizers. The first who asks loads, those who ask meanwhile wait for it, and the last who gives
 * its share back closes. Different keys load side by side. Thread-safe.
 *
 * @param <K> what tells things apart; has equals and hashCode
 * @param <V> what is shared
 */
public final class SharedPool<K, V extends AutoCloseable> {
  private final Map<K, Entry<V>> entries = new HashMap<>();

  /**
   * A share in the thing of this key.
   *
   * @throws ModelLoadException when it is not there and cannot be loaded; the next to ask tries
   *     again
   */
  public Share<V> acquire(K key, Loader<V> loader) throws ModelLoadException {
    Entry<V> entry;
    synchronized (entries) {
      entry = entries.computeIfAbsent(key, k -> new Entry<>());
      entry.shares++;
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

  /** Things alive at this moment. */
  public int size() {
    synchronized (entries) {
      return entries.size();
    }
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
      entries.remove(key, entry);
    }
    if (entry.value != null) {
      try {
        entry.value.close();
      } catch (Exception e) {
        throw new IllegalStateException("cannot close " + entry.value, e);
      }
    }
  }

  private static final class Entry<V> {
    private int shares;
    private volatile V value;
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
