package org.openautoglm.jobs.kafka;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.openautoglm.jobs.kafka.clients.TopicSettings;
import org.openautoglm.operators.settlement.OutputBounds;
import org.openautoglm.schemas.flow.OutputRecord.Destination;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the output topics take, as their brokers say: read when a task opens, and again every half a
 * minute for all tasks of this process together.
 *
 * <p>Between two readings a topic may come to take less, and refuse what was made for more. That
 * fails the job once; its tasks then open anew, and so write by what holds now. Where brokers do
 * not say, what was known last holds, or else the configuration's own bound.
 */
final class TopicBounds implements OutputBounds {
  private static final Logger LOG = LoggerFactory.getLogger(TopicBounds.class);

  private final TopicBoundsSource source;
  private final ScheduledExecutorService rereading;
  private volatile Map<Destination, TopicSettings> known = Map.of();
  private boolean refused;
  private boolean asked;
  private long lastReadNanos;
  private Admin admin;
  private boolean closed;

  /** Reads nothing yet. */
  TopicBounds(TopicBoundsSource source, Duration pause) {
    this.source = source;
    rereading =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "autoglm-topic-bounds");
              thread.setDaemon(true);
              return thread;
            });
    Future<?> unused =
        rereading.scheduleWithFixedDelay(
            () -> read(System.nanoTime()),
            pause.toMillis(),
            pause.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  @Override
  public int maxBytes(Destination destination) {
    TopicSettings topic = known.get(destination);
    return topic == null
        ? source.mostBytes()
        : Math.min(source.mostBytes(), topic.maxRecordBytes());
  }

  @Override
  public boolean needsKey(Destination destination) {
    TopicSettings topic = known.get(destination);
    return topic != null && topic.compacted();
  }

  /**
   * Asks the brokers, for seconds at most. Called by tasks that open, and by the thread; those that
   * come while another asks are content with what it began to read after they came.
   *
   * @param askedNanos when the caller came, on {@link System#nanoTime}
   */
  synchronized void read(long askedNanos) {
    if (closed || (asked && lastReadNanos - askedNanos > 0)) {
      return;
    }
    asked = true;
    lastReadNanos = System.nanoTime();
    try {
      Map<String, TopicSettings> byName = TopicSettings.read(admin(), source.topics().values());
      Map<Destination, TopicSettings> read = new EnumMap<>(Destination.class);
      source.topics().forEach((destination, name) -> read.put(destination, byName.get(name)));
      if (!known.isEmpty() && !known.equals(read)) {
        LOG.info("The output topics' settings changed from {} to {}", known, read);
      }
      known = read;
      refused = false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | KafkaException e) {
      if (!refused) {
        LOG.warn(
            "The settings of the output topics cannot be read, so what they took last holds; grant"
                + " DescribeConfigs on {}: {}",
            source.topics().values(),
            e.toString());
      }
      refused = true;
      // The next one reads secrets anew, which may be what was wrong.
      closeClient();
    }
  }

  private Admin admin() {
    if (admin == null) {
      Properties properties = new Properties();
      properties.putAll(source.admin());
      admin = Admin.create(properties);
    }
    return admin;
  }

  private void closeClient() {
    if (admin != null) {
      admin.close(Duration.ZERO);
      admin = null;
    }
  }

  @Override
  public void close() {
    rereading.shutdownNow();
    synchronized (this) {
      closed = true;
      closeClient();
    }
  }
}
