package org.openautoglm.jobs.kafka.start;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/**
 * Says whether a start would lose prompts or answer them twice, from what its state and the brokers
 * say. No I/O.
 *
 * @param name the job's
 * @param group its consumer group
 * @param options what was said of this start
 */
record StartGuard(String name, String group, StartOptions options) implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * State that is another job's: its prompts would be answered into this job's topics.
   *
   * @param state whose it is; empty: of a version that did not say
   */
  void requireOwn(Optional<SourceIdentity> state) throws StartRefusedException {
    String owner = state.map(SourceIdentity::name).orElse(name);
    if (!owner.equals(name) && !options.renamedFrom().equals(owner)) {
      throw new StartRefusedException(
          ("the checkpoint or savepoint is of job %s, and this is job %s, which would answer the"
                  + " other's prompts; start from one of its own, or, if the job was renamed, say"
                  + " so once: --renamed-from %s")
              .formatted(owner, name, owner));
    }
  }

  /** Topics that are not those that the state was written for, though of the same name. */
  void requireSameTopics(Optional<SourceIdentity> state, Map<String, String> idsNow)
      throws StartRefusedException {
    Map<String, String> idsThen = state.map(SourceIdentity::topicIds).orElse(Map.of());
    for (String topic : new TreeSet<>(idsThen.keySet())) {
      String now = idsNow.get(topic);
      if (now != null && !now.equals(idsThen.get(topic))) {
        throw new StartRefusedException(
            ("topic %s was made anew: it was %s when the job read it and is %s now, so that the"
                    + " offsets in the state are not those of its records, and the first of them"
                    + " would be passed over; start without the state, which reads it from its"
                    + " beginning: --fresh (what the state still has to answer is given up)")
                .formatted(topic, idsThen.get(topic), now));
      }
    }
  }

  /** A start without state of a job that has read before. */
  void requireNothingRead(Map<TopicPartition, Long> committed) throws StartRefusedException {
    if (options.fresh() || committed.isEmpty()) {
      return;
    }
    throw new StartRefusedException(
        ("group %s has read before (%s), and this start has no state: what was read and not yet"
                + " answered never would be. Go on from the last checkpoint or savepoint (submit"
                + " --resume or --from-savepoint P, flink run -s P); or, where there is none any"
                + " more, start with --fresh, which goes on from the group's offsets, and let"
                + " autoglm reconcile find what has no answer")
            .formatted(group, words(committed)));
  }

  /** Offsets that a topic does not have yet: it lost records, or is another. */
  static void requireInRange(
      Map<TopicPartition, Long> positions, Map<TopicPartition, PromptTopics.Range> offsets)
      throws StartRefusedException {
    for (Map.Entry<TopicPartition, Long> position : positions.entrySet()) {
      PromptTopics.Range range = offsets.get(position.getKey());
      if (range != null && position.getValue() > range.next()) {
        throw new StartRefusedException(
            ("the job has read %s up to offset %d, but it ends at %d: records were lost there, or"
                    + " the topic was made anew; start without state, from the group's offsets set"
                    + " to where reading shall go on (kafka-consumer-groups.sh --reset-offsets):"
                    + " --fresh")
                .formatted(position.getKey(), position.getValue(), range.next()));
      }
    }
  }

  private static String words(Map<TopicPartition, Long> committed) {
    List<String> offsets =
        committed.entrySet().stream()
            .map(offset -> offset.getKey() + " up to " + offset.getValue())
            .sorted()
            .toList();
    return offsets.stream().limit(3).collect(Collectors.joining(", "))
        + (offsets.size() > 3 ? ", and %d more".formatted(offsets.size() - 3) : "");
  }
}
