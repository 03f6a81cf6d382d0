package org.openautoglm.schemas.decode;

import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.flow.Refusal;

/** What decoding makes of a record: always one of two. */
public sealed interface Decoded {

  /** A request that keeps the contract. */
  record Accepted(Prompt prompt) implements Decoded {}

  /** A record without a request, or with one that breaks the contract. */
  record Refused(Refusal refusal) implements Decoded {}
}
