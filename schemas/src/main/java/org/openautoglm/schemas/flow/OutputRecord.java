package org.openautoglm.schemas.flow;

import java.util.List;

/**
 * settle → Kafka: a record ready to be written. No message of {@code flow.proto}, because it never
 * stands in a checkpoint, and the bytes that settle made are then handed to Kafka as they are.
 *
 * @param destination the topic it is for
 * @param key its key; null for none
 * @param value its value; null for a tombstone
 * @param headers in their order
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on, never written to or compared.
public record OutputRecord(
    Destination destination, byte[] key, byte[] value, List<Header> headers) {

  /** The topics that a settle stage writes to. */
  public enum Destination {
    RESULTS,
    AUDIT,
    DEAD_LETTERS
  }
}
