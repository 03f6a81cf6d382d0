package org.openautoglm.jobs.kafka.start;

import java.util.Map;

/**
 * Whose offsets a checkpoint holds.
 *
 * @param name the job's
 * @param topicIds Kafka's id of each topic that is read, by its name: a topic that is made anew has
 *     another
 */
public record SourceIdentity(String name, Map<String, String> topicIds) {
  public SourceIdentity {
    topicIds = Map.copyOf(topicIds);
  }
}
