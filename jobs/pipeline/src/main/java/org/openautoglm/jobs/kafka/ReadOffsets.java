package org.openautoglm.jobs.kafka;

import java.util.Optional;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.openautoglm.jobs.configuration.KafkaConfiguration;
import org.openautoglm.jobs.configuration.ReadMoment;
import org.openautoglm.jobs.kafka.clients.PromptPartitions;

/**
 * The offsets that a job without state starts at, and those it ends at.
 *
 * <p>A job may fail before its first checkpoint, and then looks its start up again. So that nothing
 * is skipped by that, {@code latest} is looked up once, when the job is made. Where a record that
 * comes next is gone, deleted by its age, the job goes on at the earliest there is.
 */
final class ReadOffsets {
  private ReadOffsets() {}

  @SuppressWarnings("deprecation") // The connector takes no other form.
  static OffsetsInitializer start(KafkaConfiguration kafka) {
    ReadMoment from = kafka.startFrom();
    if (from == null) {
      return OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST);
    }
    return switch (from.kind()) {
      case EARLIEST -> OffsetsInitializer.earliest();
      case LATEST ->
          OffsetsInitializer.offsets(PromptPartitions.ends(kafka), OffsetResetStrategy.EARLIEST);
      case TIME -> new OffsetsOfTime(from.timeMs());
    };
  }

  /** Empty where the job never ends. */
  static Optional<OffsetsInitializer> end(KafkaConfiguration kafka) {
    return Optional.ofNullable(kafka.until())
        .map(
            until ->
                until.kind() == ReadMoment.Kind.TIME
                    ? OffsetsInitializer.timestamp(until.timeMs())
                    : OffsetsInitializer.latest());
  }
}
