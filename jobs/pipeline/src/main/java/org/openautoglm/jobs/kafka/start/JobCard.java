package org.openautoglm.jobs.kafka.start;

import java.io.Serializable;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.configuration.KafkaConfiguration;

/**
 * What a job that runs lets others know of itself: it is the client id of the consumer by which it
 * holds its leases, which Kafka shows to everybody who describes the group.
 *
 * @param name the job's
 * @param group its consumer group
 * @param prefix begins the names of its transactions
 * @param prompts the topics that it reads, or one regular expression that their names match
 * @param byPattern whether it is one
 * @param results where its results go
 * @param jobId Flink's
 * @param sinceMs when this run of it began
 * @param run different for every run
 */
record JobCard(
    String name,
    String group,
    String prefix,
    Set<String> prompts,
    boolean byPattern,
    String results,
    String jobId,
    long sinceMs,
    String run)
    implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final String KIND = "autoglm-lease";
  private static final int PARTS = 10;

  /** Of two rivals the first goes on. */
  static final Comparator<JobCard> SENIORITY =
      Comparator.comparingLong(JobCard::sinceMs).thenComparing(JobCard::run);

  JobCard {
    prompts = Set.copyOf(prompts);
  }

  /** Of a job that does not run yet. */
  static JobCard of(JobConfiguration job) {
    KafkaConfiguration.Topics topics = job.kafka().topics();
    return new JobCard(
        job.name(),
        job.kafka().groupId(),
        job.kafka().transactionalIdPrefix(),
        topics.promptsPattern() == null
            ? Set.copyOf(topics.promptTopics())
            : Set.of(topics.promptsPattern()),
        topics.promptsPattern() != null,
        topics.results(),
        "",
        Long.MAX_VALUE,
        "");
  }

  /** The same job, as it begins to run now. */
  JobCard ofRun(String flinkJobId) {
    return new JobCard(
        name,
        group,
        prefix,
        prompts,
        byPattern,
        results,
        flinkJobId,
        System.currentTimeMillis(),
        UUID.randomUUID().toString());
  }

  /** The groups by which jobs that would harm each other meet. */
  Set<String> leases() {
    return new TreeSet<>(
        Set.copyOf(List.of(LeaseName.of(group), LeaseName.of(prefix), LeaseName.of(results))));
  }

  /** Why two jobs cannot run side by side; empty: they can. */
  Optional<String> rivalry(JobCard other) {
    if (other.group.equals(group)) {
      return Optional.of("its consumer group, " + group + ", too");
    }
    if (other.prefix.equals(prefix)) {
      return Optional.of("kafka.transactional_id_prefix " + prefix + ", too");
    }
    boolean sameEnds = other.results.equals(results) && sharesPromptsWith(other);
    return sameEnds
        ? Optional.of(
            "both topics, %s and %s, too: each prompt would have two results"
                .formatted(String.join(", ", prompts), results))
        : Optional.empty();
  }

  /** Whether either reads what the other reads. */
  boolean sharesPromptsWith(JobCard other) {
    return readsOf(other) || other.readsOf(this);
  }

  /** Whether it reads what another reads; of two patterns only whether they are the same. */
  private boolean readsOf(JobCard other) {
    return other.prompts.stream()
        .anyMatch(
            topic ->
                prompts.contains(topic)
                    || (byPattern && !other.byPattern && topic.matches(prompts.iterator().next())));
  }

  String toClientId() {
    return String.join(
        "|",
        KIND,
        encoded(name),
        encoded(group),
        encoded(prefix),
        prompts.stream().sorted().map(JobCard::encoded).collect(Collectors.joining(",")),
        Boolean.toString(byPattern),
        results,
        jobId,
        Long.toString(sinceMs),
        run);
  }

  /** Reads a client id; empty where it is no job's. */
  static Optional<JobCard> parse(String clientId) {
    String[] parts = clientId.split("\\|", -1);
    if (parts.length != PARTS || !parts[0].equals(KIND)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new JobCard(
              decoded(parts[1]),
              decoded(parts[2]),
              decoded(parts[3]),
              Arrays.stream(parts[4].split(","))
                  .map(JobCard::decoded)
                  .collect(Collectors.toUnmodifiableSet()),
              Boolean.parseBoolean(parts[5]),
              parts[6],
              parts[7],
              Long.parseLong(parts[8]),
              parts[9]));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
