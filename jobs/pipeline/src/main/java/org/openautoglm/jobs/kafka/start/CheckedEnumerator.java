package org.openautoglm.jobs.kafka.start;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.kafka.clients.admin.Admin;
import org.openautoglm.jobs.configuration.KafkaConfiguration.Topics;
import org.openautoglm.jobs.kafka.clients.PromptPartitions;
import org.openautoglm.jobs.kafka.transactions.NotedLosses;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kafka's enumerator, which lets no partition be read before this start has been looked at.
 *
 * <p>Its methods are called by the coordinator's thread; what asks the brokers runs in the
 * worker's. State: Kafka's, with the job's name and the topics' ids. After a restore the name is
 * compared at once, the ids before the first partition is given out and every {@link #LOOK} from
 * then on. What is refused ends the job for good, as to start it again would change nothing.
 */
final class CheckedEnumerator implements SplitEnumerator<KafkaPartitionSplit, CheckedState> {
  private static final Logger LOG = LoggerFactory.getLogger(CheckedEnumerator.class);
  private static final Duration LOOK = Duration.ofSeconds(10);
  private static final Duration LOOK_FOR_RIVALS = Duration.ofMillis(300);

  private final SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> kafka;
  private final SplitEnumeratorContext<KafkaPartitionSplit> context;
  private final StartGuard guard;
  private final Properties client;
  private final JobCard card;

  /** Whether there is state of a job that has found its partitions. */
  private final boolean restored;

  private Optional<SourceIdentity> identity;
  private volatile Set<String> found;

  /** By name; a gauge here is there between two attempts, too, when no task is. */
  private final Set<String> lostTransactions = ConcurrentHashMap.newKeySet();

  private Admin admin;
  private volatile JobLease lease;
  private volatile boolean closed;
  private boolean started;

  CheckedEnumerator(
      SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> kafka,
      SplitEnumeratorContext<KafkaPartitionSplit> context,
      StartGuard guard,
      JobCard job,
      Properties client,
      Optional<CheckedState> state) {
    this.kafka = kafka;
    this.context = context;
    this.client = client;
    this.guard = guard;
    context
        .metricGroup()
        .addGroup("autoglm")
        .addGroup("stage", "commit")
        .gauge("transactionsLost", (Gauge<Integer>) lostTransactions::size);
    card = job.ofRun(context.metricGroup().getAllVariables().getOrDefault("<job_id>", "?"));
    restored = state.isPresent() && state.get().kafka().initialDiscoveryFinished();
    identity = state.flatMap(CheckedState::identity);
    found = state.map(checked -> topics(checked.kafka())).orElse(Set.of());
  }

  @Override
  public void start() {
    try {
      guard.requireOwn(identity);
    } catch (StartRefusedException e) {
      throw e.forGood();
    }
    admin = Admin.create(client);
    context.callAsync(this::lookBefore, this::begin);
  }

  /** Worker's thread. */
  private PromptTopics lookBefore() throws Exception {
    Rivals.awaitNone(admin, card, Optional.empty(), CheckedEnumerator::pause);
    PromptTopics seen = look();
    guard.requireSameTopics(identity, seen.ids());
    if (!restored) {
      guard.requireNothingRead(seen.committed());
      StartGuard.requireInRange(seen.committed(), seen.offsets());
    }
    hold(JobLease.hold(card, client, this::giveWay));
    SharedPrompts.words(admin, card).ifPresent(LOG::warn);
    return seen;
  }

  private void hold(JobLease taken) throws Exception {
    lease = taken;
    if (closed) {
      taken.close();
    }
    try {
      taken.awaitSeen(admin, CheckedEnumerator::pause);
    } catch (Exception e) {
      taken.close();
      throw e;
    }
  }

  private static boolean pause() {
    LockSupport.parkNanos(LOOK_FOR_RIVALS.toNanos());
    return !Thread.currentThread().isInterrupted();
  }

  private void giveWay(StartRefusedException rival) {
    context.runInCoordinatorThread(
        () -> {
          throw rival.forGood();
        });
  }

  private PromptTopics look() throws ExecutionException, InterruptedException {
    return PromptTopics.of(admin, guard.group(), topics());
  }

  /** Those that are read, or will be. */
  private Set<String> topics() throws ExecutionException, InterruptedException {
    Set<String> topics = new TreeSet<>(found);
    topics.addAll(
        card.byPattern()
            ? PromptPartitions.topics(admin, Topics.matching(card.prompts().iterator().next()))
            : card.prompts());
    return topics;
  }

  private void begin(PromptTopics seen, Throwable failure) {
    requireSame(seen, failure);
    kafka.start();
    started = true;
    context.registeredReaders().keySet().forEach(this::addReader);
    context.callAsync(this::look, this::lookedAgain, LOOK.toMillis(), LOOK.toMillis());
  }

  private void lookedAgain(PromptTopics seen, Throwable failure) {
    if (failure != null) {
      LOG.warn("The brokers do not say whether topics are the same: {}", failure.toString());
      return;
    }
    requireSame(seen, null);
  }

  private void requireSame(PromptTopics seen, Throwable failure) {
    if (failure instanceof StartRefusedException refused) {
      throw refused.forGood();
    }
    if (failure != null) {
      throw new FlinkRuntimeException("the brokers do not say what this start must know", failure);
    }
    try {
      guard.requireSameTopics(identity, seen.ids());
    } catch (StartRefusedException e) {
      throw e.forGood();
    }
    Map<String, String> ids =
        new TreeMap<>(identity.map(SourceIdentity::topicIds).orElse(Map.of()));
    ids.putAll(seen.ids());
    identity = Optional.of(new SourceIdentity(guard.name(), ids));
  }

  @Override
  public void handleSplitRequest(int subtask, String host) {
    kafka.handleSplitRequest(subtask, host);
  }

  @Override
  public void addSplitsBack(List<KafkaPartitionSplit> splits, int subtask) {
    kafka.addSplitsBack(splits, subtask);
  }

  @Override
  public void addReader(int subtask) {
    // Before that Kafka's has nothing to give, and would not come back to this reader.
    if (started) {
      context.sendEventToSourceReader(subtask, new Admitted());
      kafka.addReader(subtask);
    }
  }

  @Override
  public void handleSourceEvent(int subtask, SourceEvent event) {
    if (event instanceof NotedLosses lost) {
      lostTransactions.addAll(lost.names());
    } else {
      kafka.handleSourceEvent(subtask, event);
    }
  }

  @Override
  public CheckedState snapshotState(long checkpoint) throws Exception {
    KafkaSourceEnumState state = kafka.snapshotState(checkpoint);
    found = topics(state);
    return new CheckedState(state, identity);
  }

  private static Set<String> topics(KafkaSourceEnumState state) {
    return state.splits().stream()
        .map(split -> split.split().getTopic())
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) throws Exception {
    kafka.notifyCheckpointComplete(checkpoint);
  }

  @Override
  public void notifyCheckpointAborted(long checkpoint) throws Exception {
    kafka.notifyCheckpointAborted(checkpoint);
  }

  @Override
  public void close() throws IOException {
    closed = true;
    JobLease held = lease;
    if (held != null) {
      held.close();
    }
    if (admin != null) {
      admin.close(Duration.ZERO);
    }
    kafka.close();
  }
}
