package org.openautoglm.schemas.coordinates;

import java.util.Optional;
import org.openautoglm.schemas.wire.Coordinates;

/**
 * A record's place in Kafka, which is written {@code topic-partition-offset}: in the header that
 * names a result's prompt, in request ids of prompts that have none, and by whoever republishes.
 *
 * @param topic may itself have hyphens
 */
public record RecordPlace(String topic, int partition, long offset) {
  /** The header of a result that names the record of the prompts topic it answers. */
  public static final String SOURCE_HEADER = "autoglm-source";

  /**
   * The header of a prompt that was published again because the record that it names had no
   * outcome: the outcome of this one is that one's.
   */
  public static final String REPUBLISHED_OF_HEADER = "autoglm-republished-of";

  /** The place that a message of the wire or the flow names. */
  public static RecordPlace of(Coordinates coordinates) {
    return new RecordPlace(
        coordinates.getTopic(), coordinates.getPartition(), coordinates.getOffset());
  }

  /** Reads what {@link #toString} writes; empty where it is anything else. */
  public static Optional<RecordPlace> parse(String text) {
    int last = text.lastIndexOf('-');
    int first = last < 0 ? -1 : text.lastIndexOf('-', last - 1);
    if (first < 1) {
      return Optional.empty();
    }
    String partition = text.substring(first + 1, last);
    String offset = text.substring(last + 1);
    if (!isNumber(partition) || !isNumber(offset)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new RecordPlace(
              text.substring(0, first), Integer.parseInt(partition), Long.parseLong(offset)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  @Override
  public String toString() {
    return topic + "-" + partition + "-" + offset;
  }
}
