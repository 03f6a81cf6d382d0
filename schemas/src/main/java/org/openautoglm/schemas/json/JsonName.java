package org.openautoglm.schemas.json;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Locale;

/**
 * The names of the fields that are written, each encoded once: two texts of some forty fields are
 * written for every record.
 */
enum JsonName {
  REQUEST_ID,
  MODEL_ID,
  OUTCOME,
  PRINCIPAL,
  MODEL_VERSION,
  MODEL_DIGEST,
  ROWS,
  SETTLED_AT_MS,
  METADATA,
  CUT,
  SOURCE,
  TOPIC,
  PARTITION,
  OFFSET,
  TIMESTAMP_MS,
  INDEX,
  BATCH_ID,
  DEVICE,
  BATCH_ROWS,
  TOKENS,
  PADDED_TOKENS,
  ATTEMPTS,
  FAILURE,
  DURATIONS_MS,
  QUEUE,
  DECODE,
  ADMIT,
  PREPARE,
  WINDOW,
  INFERENCE,
  SETTLE,
  TOTAL,
  STATUS,
  OUTPUTS,
  EMBEDDING,
  LABELS,
  LABEL,
  SCORE,
  TEXT,
  FINISH_REASON,
  USAGE,
  PROMPT_TOKENS,
  COMPLETION_TOKENS,
  TIMINGS_MS,
  ERROR,
  CODE,
  MESSAGE,
  RETRYABLE,
  RETRY_AFTER_MS;

  /** The name as it stands between two fields: {@code ,"name":}. */
  @SuppressWarnings("ImmutableEnumChecker") // Never written to.
  private final byte[] afterComma =
      (",\"" + name().toLowerCase(Locale.ROOT) + "\":").getBytes(US_ASCII);

  /** What it takes at most. */
  int bytesMax() {
    return afterComma.length;
  }

  /**
   * Writes the name, with its quotes and colon.
   *
   * @param first whether it begins its object, so that there is no comma before it
   * @return where it ends
   */
  int write(boolean first, byte[] to, int start) {
    int skipped = first ? 1 : 0;
    int length = afterComma.length - skipped;
    System.arraycopy(afterComma, skipped, to, start, length);
    return start + length;
  }
}
