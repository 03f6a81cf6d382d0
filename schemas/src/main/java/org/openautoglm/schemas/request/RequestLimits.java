package org.openautoglm.schemas.request;

import java.io.Serializable;

/**
 * The sizes that an operator of the job may set; all other limits are the contract's own.
 *
 * @param maxRecordBytes the largest record value, bytes
 * @param maxInputs the most inputs of one request
 * @param maxInputChars the longest input, characters; a conversation counts all its messages
 */
public record RequestLimits(int maxRecordBytes, int maxInputs, int maxInputChars)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  /** 16 MiB, 256 inputs of 2,000,000 characters. */
  public static final RequestLimits DEFAULT = new RequestLimits(16 << 20, 256, 2_000_000);

  public RequestLimits {
    if (maxRecordBytes < 1 || maxInputs < 1 || maxInputChars < 1) {
      throw new IllegalArgumentException(
          "limits are 1 or more, not %,d bytes, %,d inputs, %,d characters"
              .formatted(maxRecordBytes, maxInputs, maxInputChars));
    }
  }
}
