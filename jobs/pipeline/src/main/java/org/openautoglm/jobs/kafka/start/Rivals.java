package org.openautoglm.jobs.kafka.start;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks for jobs that run and that another must not run beside. */
final class Rivals {
  /**
   * How long a job whose process was killed still seems to run, and then some: whoever is there
   * after that is alive.
   */
  static final Duration PATIENCE = JobLease.SESSION.multipliedBy(2);

  private static final Logger LOG = LoggerFactory.getLogger(Rivals.class);

  /**
   * A job in the way.
   *
   * @param card what it says of itself
   * @param host where its JobManager runs
   */
  record Rival(JobCard card, String host) {
    StartRefusedException refusal(JobCard own) {
      return new StartRefusedException(
          ("job %s, which runs since %s at %s (Flink's job %s), has %s; end it, or give this job"
                  + " a name and topics of its own")
              .formatted(
                  card.name(),
                  Instant.ofEpochMilli(card.sinceMs()),
                  host.replace("/", ""),
                  card.jobId(),
                  own.rivalry(card).orElseThrow()));
    }
  }

  private Rivals() {}

  /**
   * Waits until nobody is in the way.
   *
   * @param pause waits between two looks; false: it is over
   * @param own Flink's job id whose jobs are not looked at
   * @throws StartRefusedException when somebody stays
   */
  static void awaitNone(Admin admin, JobCard card, Optional<String> own, BooleanSupplier pause)
      throws StartRefusedException, ExecutionException, InterruptedException {
    long giveUpNs = System.nanoTime() + PATIENCE.toNanos();
    Optional<Rival> rival = find(admin, card, own);
    while (rival.isPresent()) {
      if (System.nanoTime() > giveUpNs || !pause.getAsBoolean()) {
        throw rival.get().refusal(card);
      }
      rival = find(admin, card, own);
    }
  }

  /** Whether a job that has taken its leases is seen by those who look. */
  static boolean isSeen(Admin admin, JobCard card) throws ExecutionException, InterruptedException {
    for (Map.Entry<String, KafkaFuture<ConsumerGroupDescription>> lease :
        admin.describeConsumerGroups(card.leases()).describedGroups().entrySet()) {
      boolean seen = false;
      for (MemberDescription member : members(lease.getKey(), lease.getValue())) {
        seen |= member.clientId().equals(card.toClientId());
      }
      if (!seen) {
        return false;
      }
    }
    return true;
  }

  /** The one that has been there longest. */
  static Optional<Rival> find(Admin admin, JobCard card, Optional<String> own)
      throws ExecutionException, InterruptedException {
    Rival senior = null;
    for (Map.Entry<String, KafkaFuture<ConsumerGroupDescription>> lease :
        admin.describeConsumerGroups(card.leases()).describedGroups().entrySet()) {
      for (MemberDescription member : members(lease.getKey(), lease.getValue())) {
        Optional<JobCard> other = JobCard.parse(member.clientId());
        if (other.isPresent()
            && !other.get().run().equals(card.run())
            && !own.equals(Optional.of(other.get().jobId()))
            && card.rivalry(other.get()).isPresent()
            && (senior == null || JobCard.SENIORITY.compare(other.get(), senior.card()) < 0)) {
          senior = new Rival(other.get(), member.host());
        }
      }
    }
    return Optional.ofNullable(senior);
  }

  private static Iterable<MemberDescription> members(
      String lease, KafkaFuture<ConsumerGroupDescription> description)
      throws ExecutionException, InterruptedException {
    try {
      return description.get().members();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return List.of();
      }
      if (e.getCause() instanceof GroupAuthorizationException) {
        LOG.warn(
            "The group {} may not be described, so a second job of this name would not be noticed;"
                + " grant Read on it",
            lease);
        return List.of();
      }
      throw e;
    }
  }
}
