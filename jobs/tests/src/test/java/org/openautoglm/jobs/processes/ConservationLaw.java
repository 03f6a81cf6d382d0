package org.openautoglm.jobs.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.reconcile.Bound;
import org.openautoglm.jobs.reconcile.Finding;
import org.openautoglm.jobs.reconcile.Progress;
import org.openautoglm.jobs.reconcile.ReconcileClients;
import org.openautoglm.jobs.reconcile.ReconcileRequest;
import org.openautoglm.jobs.reconcile.Reconciliation;
import org.openautoglm.jobs.reconcile.Summary;

/** Every prompt has one outcome, as {@code reconcile} tells it. */
record ConservationLaw(JobConfiguration job) {
  /** Nothing comes for so long where something is lost. */
  private static final Duration SILENCE = Duration.ofSeconds(20);

  /** Waits until every prompt has its one outcome, and the job's group has said that it read it. */
  void holds(int published) throws IOException {
    List<Finding> findings = new ArrayList<>();
    try (Reconciliation reconciliation =
        reconciliation(new Bound.AtEdge(), Duration.ofSeconds(60))) {
      reconciliation.read();
      Summary summary = reconciliation.report(false, findings::add);
      System.out.printf(
          "chaos: %d prompts, %d with their one outcome; %s, %s%n",
          summary.records(), summary.ended(), summary.breaches(), summary.notes());
      assertThat(findings).as("prompts whose outcome is not as it must be").isEmpty();
      assertThat(summary.records()).isEqualTo(published);
      assertThat(summary.ended()).isEqualTo(published);
    }
  }

  /**
   * Publishes again what has no outcome of what was published before a time, while the job runs, as
   * {@code reconcile --to T --wait 20s --republish --while-running} does; how many there are.
   */
  long putBack(long beforeMs) throws IOException {
    List<Finding> findings = new ArrayList<>();
    try (Reconciliation reconciliation = reconciliation(new Bound.AtTime(beforeMs), SILENCE)) {
      reconciliation.read();
      Summary summary = reconciliation.report(true, findings::add);
      assertThat(findings).allMatch(Finding::isMissing).hasSize((int) summary.republished());
      return summary.republished();
    }
  }

  private Reconciliation reconciliation(Bound to, Duration patience) {
    return new Reconciliation(
        new ReconcileRequest(
            ReconcileClients.of(job.kafka()),
            ReconcileRequest.Prompts.of(List.of(job.kafka().topics().prompts())),
            job.kafka().topics().results(),
            job.kafka().topics().audit(),
            job.kafka().topics().deadLetters(),
            job.kafka().groupId(),
            job.kafka().transactionalIdPrefix(),
            new Bound.AtEdge(),
            to,
            Set.of(),
            patience,
            false),
        Progress.NONE,
        ConservationLaw::pause);
  }

  private static boolean pause(Duration length) {
    await().pollDelay(length).atMost(length.plusSeconds(60)).until(() -> true);
    return false;
  }
}
