package org.openautoglm.jobs.kafka.transactions;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka's committer, which cannot lose a transaction without a word.
 *
 * <p>Where a transaction cannot be committed, because it has been committed already or because it
 * is gone, the connector's committer writes a line to the log and goes on, as it cannot tell which.
 * The broker can in most cases, so this one asks: what was committed goes on, what was aborted
 * fails the job, at every restart anew, until an operator says by {@code kafka.lost_transactions}
 * that its answers are given up. Only then is a job started that lacks them.
 *
 * <p>What is lost is noted for {@link NotedLosses}, since this task's metrics end with it.
 *
 * <p>Commits of a restored checkpoint run before any writer starts, and before the next checkpoint
 * no writer takes one of their ids. So an id that is in use again by then was used by an earlier
 * run after this commit, and if it is open still, that run left it behind: it is aborted.
 *
 * <p>The first subtask that fails has the others cancelled. So it waits a moment before it does,
 * and each gets to say what it has lost: one look at the logs shows all names. Called by the task's
 * thread.
 */
@SuppressWarnings("try") // What closing throws is its base type's.
public final class WatchedCommitter implements Committer<KafkaCommittable> {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedCommitter.class);

  /** All subtasks commit at about the same time. */
  private static final Duration OTHERS_MAX = Duration.ofSeconds(3);

  private final Committer<KafkaCommittable> kafka;
  private final Properties client;
  private final Set<String> givenUp;
  private final OptionalLong restoredCheckpoint;
  private final Duration othersMax;
  private final MetricGroup metrics;
  private final Counter presumed;

  /**
   * Watches a committer.
   *
   * @param client the properties of a Kafka client
   * @param givenUp the transactions whose loss is accepted, by name
   */
  public WatchedCommitter(
      Committer<KafkaCommittable> kafka,
      Properties client,
      Set<String> givenUp,
      CommitterInitContext context) {
    this(kafka, client, givenUp, context, OTHERS_MAX);
  }

  WatchedCommitter(
      Committer<KafkaCommittable> kafka,
      Properties client,
      Set<String> givenUp,
      CommitterInitContext context,
      Duration othersMax) {
    this.othersMax = othersMax;
    this.kafka = kafka;
    this.client = client;
    this.givenUp = Set.copyOf(givenUp);
    restoredCheckpoint = context.getRestoredCheckpointId();
    metrics = context.metricGroup();
    presumed =
        metrics.addGroup("autoglm").addGroup("stage", "commit").counter("transactionsUsedAgain");
  }

  @Override
  public void commit(Collection<CommitRequest<KafkaCommittable>> requests)
      throws IOException, InterruptedException {
    List<Failed> failed = new ArrayList<>();
    kafka.commit(
        requests.stream()
            .<CommitRequest<KafkaCommittable>>map(request -> new Watched(request, failed))
            .toList());
    List<LostTransaction> losses = new ArrayList<>();
    for (Failed request : failed) {
      judge(request).ifPresent(losses::add);
    }
    if (!losses.isEmpty()) {
      String message = LostTransaction.message(losses);
      LOG.error("{}", message, failed.get(0).cause());
      Thread.sleep(othersMax.toMillis());
      throw new LostTransactionException(message);
    }
  }

  /** A request that the connector gave up, and why. */
  private record Failed(CommitRequest<KafkaCommittable> request, Throwable cause) {}

  /** Says what is lost, if it is. */
  private Optional<LostTransaction> judge(Failed failed) throws IOException, InterruptedException {
    KafkaCommittable committable = failed.request().getCommittable();
    TransactionName name = TransactionName.of(committable);
    if (givenUp.contains(name.toString())) {
      LOG.warn("Transaction {} is given up, as kafka.lost_transactions says", name);
      NotedLosses.forget(metrics, name.toString());
      failed.request().signalFailedWithKnownReason(failed.cause());
      return Optional.empty();
    }
    boolean restored = committable.getProducer().isEmpty();
    try (CoordinatorView coordinators = new CoordinatorView(client)) {
      Optional<TransactionDescription> now = coordinators.describe(name.id());
      TransactionFate fate = TransactionFate.of(now, name.producerId(), name.epoch());
      switch (fate) {
        case COMMITTED -> {
          LOG.info("Transaction {} had been committed before", name);
          failed.request().signalAlreadyCommitted();
          return Optional.empty();
        }
        case OPEN ->
            throw new IOException(
                "transaction " + name + " is open and was not committed", failed.cause());
        case USED_AGAIN -> {
          if (!restored) {
            return Optional.of(
                loss(name, "another job uses its transactional id", now, failed.cause()));
          }
          usedAgain(name, now, coordinators);
          failed.request().signalAlreadyCommitted();
          return Optional.empty();
        }
        case ABORTED -> {
          return Optional.of(
              loss(
                  name,
                  "it is aborted, by the brokers where it was open for longer than"
                      + " kafka.transaction_timeout, else by whoever took or ended its"
                      + " transactional id",
                  now,
                  failed.cause()));
        }
        case UNKNOWN -> {
          return Optional.of(
              loss(
                  name,
                  "the brokers do not know it: it ended so long ago that they have forgotten it"
                      + " (transactional.id.expiration.ms), or they are other brokers",
                  now,
                  failed.cause()));
        }
      }
      throw new IllegalStateException(fate.name());
    } catch (ExecutionException | KafkaException e) {
      throw new IOException(
          "transaction %s was not committed (%s), and what became of it cannot be asked: %s"
              .formatted(name, failed.cause(), e),
          failed.cause());
    }
  }

  private void usedAgain(
      TransactionName name, Optional<TransactionDescription> now, CoordinatorView coordinators)
      throws ExecutionException, InterruptedException {
    presumed.inc();
    boolean open = now.map(id -> id.state() == TransactionState.ONGOING).orElse(false);
    LOG.warn(
        "Transaction {} was committed before, as its transactional id has been used again since{}",
        name,
        open ? "; the later one, which an earlier run left open, is aborted" : "");
    if (open) {
      coordinators.fence(List.of(name.id()));
    }
  }

  private LostTransaction loss(
      TransactionName name, String why, Optional<TransactionDescription> now, Throwable cause) {
    NotedLosses.note(metrics, name.toString());
    return LostTransaction.of(name, restoredCheckpoint, why, now, cause);
  }

  @Override
  public void close() throws Exception {
    kafka.close();
  }

  /** A request that remembers its failure instead of passing it on. */
  private record Watched(CommitRequest<KafkaCommittable> request, List<Failed> failed)
      implements CommitRequest<KafkaCommittable> {
    @Override
    public KafkaCommittable getCommittable() {
      return request.getCommittable();
    }

    @Override
    public int getNumberOfRetries() {
      return request.getNumberOfRetries();
    }

    @Override
    public void signalFailedWithKnownReason(Throwable cause) {
      failed.add(new Failed(request, cause));
    }

    @Override
    public void signalFailedWithUnknownReason(Throwable cause) {
      failed.add(new Failed(request, cause));
    }

    @Override
    public void retryLater() {
      request.retryLater();
    }

    @Override
    public void updateAndRetryLater(KafkaCommittable committable) {
      request.updateAndRetryLater(committable);
    }

    @Override
    public void signalAlreadyCommitted() {
      request.signalAlreadyCommitted();
    }
  }
}
