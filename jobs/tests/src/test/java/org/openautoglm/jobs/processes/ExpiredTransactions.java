package org.openautoglm.jobs.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.openautoglm.jobs.kafka.transactions.OpenTransaction;
import org.openautoglm.jobs.kafka.transactions.OpenTransactions;
import org.openautoglm.jobs.kafka.transactions.OwnIds;
import org.openautoglm.jobs.topology.Stage;

/**
 * Transactions that a checkpoint has prepared, and that the broker aborts before they are
 * committed: the TaskManagers stand still for longer than {@code kafka.transaction_timeout}. Then
 * what the RUNBOOK tells an operator to do about a lost transaction.
 */
record ExpiredTransactions(ChaosITCase chaos) {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int MOMENTS_MAX = 500;

  /** As the log names them, in a line that says what to do. */
  private static final Pattern LOST =
      Pattern.compile("add ([^ ,\"]+(?:, [^ ,\"]+)*) to kafka\\.lost_transactions");

  void strikeAndMend() throws Exception {
    Set<String> before = lost();
    chaos.job().hurryTransactions(TIMEOUT);
    // On a machine that is busy enough, they expire without our help.
    await()
        .atMost(PATIENCE)
        .until(() -> chaos.cluster().lastCheckpointBeganMs() > 0 || !lost().equals(before));
    expire(before);
    await().atMost(PATIENCE).until(() -> !lost().equals(before));
    chaos.cluster().cancel();
    long resumedMs = resumeWithoutThem();
    Set<String> lost = new TreeSet<>(lost());
    lost.removeAll(before);
    chaos.answers().awaitNew(PATIENCE);
    long putBack = new ConservationLaw(chaos.job().usual()).putBack(resumedMs);
    System.out.printf("chaos: %s were lost, %d prompts put back%n", lost, putBack);
    assertThat(putBack).as("prompts whose answers were in %s", lost).isPositive();
  }

  /** Lets the TaskManagers stand still between a checkpoint's end and its commit, for too long. */
  private void expire(Set<String> before) throws Exception {
    List<String> taskManagers = chaos.cluster().taskManagers();
    try (Admin admin =
        Admin.create(Map.of("bootstrap.servers", chaos.broker().bootstrapServers()))) {
      List<String> prepared = new ArrayList<>();
      Random moments = new Random(1);
      for (int i = 0; prepared.isEmpty(); i++) {
        assertThat(i).as("moments without a transaction that waits").isLessThan(MOMENTS_MAX);
        Fault.pause(Duration.ofMillis(moments.nextInt(500)));
        if (!lost().equals(before)) {
          return;
        }
        chaos.cluster().signal("STOP", taskManagers);
        prepared = prepared(admin);
        if (prepared.isEmpty()) {
          chaos.cluster().signal("CONT", taskManagers);
        }
      }
      List<String> ids = prepared;
      await()
          .atMost(PATIENCE)
          .until(() -> states(admin, ids), states -> !states.contains(TransactionState.ONGOING));
      assertThat(states(admin, ids)).contains(TransactionState.COMPLETE_ABORT);
    } finally {
      chaos.cluster().signal("CONT", taskManagers);
    }
  }

  /**
   * The ids of those that wait for their commit while the TaskManagers stand still: what began
   * before the last complete checkpoint did is part of it.
   */
  private List<String> prepared(Admin admin) throws Exception {
    String prefix = chaos.job().usual().kafka().transactionalIdPrefix();
    OpenTransactions open =
        new OpenTransactions(
            admin,
            OwnIds.of(
                List.of(prefix + "-" + Stage.ANSWERS.uid(), prefix + "-" + Stage.REFUSALS.uid())));
    long beganMs = chaos.cluster().lastCheckpointBeganMs();
    List<String> early = early(open, beganMs);
    if (early.isEmpty()) {
      return early;
    }
    // A commit that was on its way has come by now.
    Fault.pause(Duration.ofSeconds(1));
    return early(open, beganMs);
  }

  private static List<String> early(OpenTransactions open, long beforeMs) throws Exception {
    return open.known().stream()
        .filter(each -> each.startedMs().orElse(Long.MAX_VALUE) < beforeMs)
        .map(OpenTransaction::id)
        .toList();
  }

  private static List<TransactionState> states(Admin admin, List<String> ids) throws Exception {
    return admin.describeTransactions(ids).all().get().values().stream()
        .map(TransactionDescription::state)
        .toList();
  }

  /** Tries until no further name is told; the time of the start. */
  private long resumeWithoutThem() throws Exception {
    while (true) {
      Set<String> named = lost();
      long startMs = System.currentTimeMillis();
      try {
        chaos.job().resumeWithout(named);
        return startMs;
      } catch (IOException e) {
        assertThat(e)
            .as("what is told to whoever submits")
            .hasMessageMatching("(?s).*" + LOST + ".*");
        assertThat(lost()).as("names in the log").hasSizeGreaterThan(named.size());
      }
    }
  }

  /** What the TaskManagers' logs say of lost transactions, of all times. */
  private Set<String> lost() throws IOException {
    Set<String> names = new TreeSet<>();
    for (String each : chaos.cluster().taskManagers()) {
      Path log = chaos.cluster().log(each);
      LOST.matcher(Files.readString(log))
          .results()
          .forEach(found -> names.addAll(List.of(found.group(1).split(", "))));
    }
    return names;
  }
}
