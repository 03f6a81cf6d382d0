package org.openautoglm.jobs.kafka.start;

import java.util.Optional;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;

/**
 * The enumerator's state: Kafka's own, and whose it is.
 *
 * @param kafka which partitions were found and given out
 * @param identity empty in a checkpoint of a version that did not write it, or without a partition
 */
public record CheckedState(KafkaSourceEnumState kafka, Optional<SourceIdentity> identity) {}
