package org.openautoglm.jobs.kafka.start;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets others know that a job runs: as long as it does, it is a member of a consumer group for each
 * thing that it shares with nobody. Kafka's coordinator itself tells who is alive by heartbeats,
 * and forgets a process that was killed after {@link #SESSION}. Nothing is ever read.
 *
 * <p>Whoever comes later finds the member and does not start (see {@link Rivals}). Two that came at
 * the same moment, or one that was taken for dead meanwhile, find each other as members; then the
 * younger gives way.
 *
 * <p>It has a thread of its own, as Kafka's consumers want to be called.
 */
final class JobLease implements AutoCloseable {
  /** Kafka's brokers take no shorter one unless they are told to. */
  static final Duration SESSION = Duration.ofSeconds(6);

  private static final Logger LOG = LoggerFactory.getLogger(JobLease.class);
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** While some have yet to join, none keeps the others waiting. */
  private static final Duration JOINING = Duration.ofMillis(50);

  private static final Duration LEAVE = Duration.ofSeconds(2);
  private static final CloseOptions LEAVING =
      CloseOptions.timeout(LEAVE)
          .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP);

  /** A member whose thread has died leaves by itself. */
  private static final Duration SILENCE_MAX = Duration.ofSeconds(15);

  private final JobCard card;
  private final Properties client;
  private final Consumer<StartRefusedException> onRival;
  private final List<KafkaConsumer<byte[], byte[]>> members = new CopyOnWriteArrayList<>();
  private final Set<KafkaConsumer<byte[], byte[]>> joined =
      Collections.newSetFromMap(new IdentityHashMap<>());
  private final Thread thread;
  private volatile boolean closed;
  private boolean changed;

  private JobLease(JobCard card, Properties client, Consumer<StartRefusedException> onRival) {
    this.card = card;
    this.client = client;
    this.onRival = onRival;
    thread = new Thread(this::hold, "autoglm-lease-" + card.name());
    thread.setDaemon(true);
  }

  /**
   * Takes the leases, and keeps them until it is closed.
   *
   * @param client for any client of the job
   * @param onRival told, in the lease's thread, when a job that was there before is in the way
   */
  static JobLease hold(JobCard card, Properties client, Consumer<StartRefusedException> onRival) {
    JobLease lease = new JobLease(card, client, onRival);
    // Here, as Kafka finds its classes by the caller's class loader.
    lease.rehearseLeaving(card.leases().iterator().next());
    for (String group : card.leases()) {
      lease.members.add(lease.member(group));
    }
    lease.thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
    lease.thread.start();
    return lease;
  }

  /**
   * Waits until others see it, and looks whether somebody came at the same moment and was first.
   *
   * @param pause waits between two looks; false: it is over
   * @throws StartRefusedException when somebody was
   */
  void awaitSeen(Admin admin, BooleanSupplier pause)
      throws StartRefusedException, ExecutionException, InterruptedException {
    long giveUpNs = System.nanoTime() + SESSION.toNanos();
    // Where it may join no group, nobody will ever see it.
    while (!members.isEmpty() && !Rivals.isSeen(admin, card)) {
      if (System.nanoTime() > giveUpNs || !pause.getAsBoolean()) {
        LOG.warn("Others do not see that job {} runs, and would not be refused", card.name());
        return;
      }
    }
    Optional<Rivals.Rival> rival = Rivals.find(admin, card, Optional.empty());
    if (rival.isPresent() && JobCard.SENIORITY.compare(rival.get().card(), card) < 0) {
      throw rival.get().refusal(card);
    }
  }

  private Properties properties(String group) {
    Properties properties = new Properties();
    properties.putAll(client);
    properties.setProperty(ConsumerConfig.CLIENT_ID_CONFIG, card.toClientId());
    properties.setProperty(ConsumerConfig.GROUP_ID_CONFIG, group);
    properties.setProperty(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.setProperty(
        ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, Long.toString(SESSION.toMillis()));
    properties.setProperty(
        ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, Long.toString(SESSION.toMillis() / 4));
    properties.setProperty(
        ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, Long.toString(SILENCE_MAX.toMillis()));
    return properties;
  }

  private KafkaConsumer<byte[], byte[]> member(String group) {
    KafkaConsumer<byte[], byte[]> member =
        new KafkaConsumer<>(
            properties(group), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    // A topic that every rival may describe, too: one of them plans for all.
    member.subscribe(
        List.of(card.results()),
        new ConsumerRebalanceListener() {
          @Override
          public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            member.pause(partitions);
            changed = true;
            joined.add(member);
          }

          @Override
          public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}
        });
    return member;
  }

  private void hold() {
    try (Admin admin = Admin.create(client)) {
      while (!closed) {
        for (KafkaConsumer<byte[], byte[]> member : members) {
          poll(member);
        }
        if (changed) {
          changed = false;
          giveWay(admin);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.warn("Job {} lets nobody know any more that it runs", card.name(), e);
    } finally {
      members.forEach(JobLease::leave);
    }
  }

  private static void leave(KafkaConsumer<byte[], byte[]> member) {
    try {
      member.close(LEAVING);
    } catch (RuntimeException | LinkageError e) {
      LOG.warn("A lease ends with its session, not at once: {}", e.toString());
    }
  }

  /**
   * Loads what leaving takes. When a job ends, Flink closes the jar that Kafka's classes are in
   * without waiting for its coordinators, and a member that cannot leave any more would stay.
   */
  private void rehearseLeaving(String group) {
    leave(
        new KafkaConsumer<>(
            properties(group), new ByteArrayDeserializer(), new ByteArrayDeserializer()));
  }

  private void poll(KafkaConsumer<byte[], byte[]> member) {
    try {
      member.poll(joined.containsAll(members) ? LOOK : JOINING);
    } catch (WakeupException e) {
      LOG.debug("The lease of {} ends", card.name());
    } catch (AuthorizationException e) {
      LOG.warn(
          "Job {} may not join a group of its lease, so a second one of its name would not be"
              + " noticed; grant Read on the groups {}: {}",
          card.name(),
          card.leases(),
          e.getMessage());
      members.remove(member);
      member.close(CloseOptions.timeout(Duration.ZERO));
    } catch (KafkaException e) {
      LOG.debug("The lease of {} is tried again", card.name(), e);
    }
  }

  private void giveWay(Admin admin) throws InterruptedException {
    try {
      Optional<Rivals.Rival> rival = Rivals.find(admin, card, Optional.empty());
      if (rival.isPresent() && JobCard.SENIORITY.compare(rival.get().card(), card) < 0) {
        onRival.accept(rival.get().refusal(card));
      }
    } catch (ExecutionException e) {
      changed = true;
      LOG.debug("The brokers do not say who holds the lease of {}", card.name(), e);
    }
  }

  @Override
  public void close() {
    closed = true;
    members.forEach(KafkaConsumer::wakeup);
    try {
      thread.join(LEAVE.multipliedBy(2).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
