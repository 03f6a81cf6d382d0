package org.openautoglm.schemas.failure;

import java.util.Optional;
import org.openautoglm.schemas.wire.Error;

/**
 * Why a prompt has no answer: the codes of the wire contract, each with an HTTP-like status, who
 * caused it and what the job does about it.
 */
public enum FailureCode {
  /** No request can be read from the record. */
  MALFORMED_RECORD(400, Blame.CLIENT, Disposition.DEAD_LETTER),
  /** The record is a request, but breaks the contract. */
  INVALID_REQUEST(400, Blame.CLIENT, Disposition.REFUSE),
  /** A parameter that the model's task does not have. */
  UNSUPPORTED_PARAMETER(400, Blame.CLIENT, Disposition.REFUSE),
  /** No model of that name is configured. */
  UNKNOWN_MODEL(404, Blame.CLIENT, Disposition.REFUSE),
  /** An input has more tokens than its model reads. */
  PROMPT_TOO_LONG(413, Blame.CLIENT, Disposition.REFUSE),
  /** The deadline passed before work on the request could start. */
  DEADLINE_EXCEEDED(504, Blame.SERVER, Disposition.REFUSE),
  /** The model failed on this row: the batch is split until the row that fails stands alone. */
  MODEL_FAILURE(500, Blame.SERVER, Disposition.SPLIT),
  /** The device ran out of memory: the batch is halved and tried again. */
  DEVICE_OUT_OF_MEMORY(507, Blame.SERVER, Disposition.HALVE),
  /** The model cannot run now: tried again with backoff inside the deadline. */
  MODEL_UNAVAILABLE(503, Blame.SERVER, Disposition.RETRY),
  /** More waits for the model than may wait, and the model refuses rather than hold Kafka back. */
  OVERLOADED(503, Blame.SERVER, Disposition.REFUSE),
  /**
   * A defect of the job that shows on this row: as MODEL_FAILURE, and logged for its maintainers.
   */
  INTERNAL(500, Blame.SERVER, Disposition.SPLIT);

  /** Whose fault a failure is. */
  public enum Blame {
    CLIENT,
    SERVER
  }

  /** What the job does about a failure. */
  public enum Disposition {
    DEAD_LETTER,
    REFUSE,
    SPLIT,
    HALVE,
    RETRY
  }

  private final int status;
  private final Blame blame;
  private final Disposition disposition;

  FailureCode(int status, Blame blame, Disposition disposition) {
    this.status = status;
    this.blame = blame;
    this.disposition = disposition;
  }

  /**
   * The code of that name, or empty for one of a later version: savepoints and topics may hold it.
   */
  public static Optional<FailureCode> named(String name) {
    for (FailureCode code : values()) {
      if (code.name().equals(name)) {
        return Optional.of(code);
      }
    }
    return Optional.empty();
  }

  /** The HTTP status that means the same. */
  public int status() {
    return status;
  }

  public Blame blame() {
    return blame;
  }

  public Disposition disposition() {
    return disposition;
  }

  /** Whether the same request, published again, may succeed. */
  public boolean retryable() {
    return switch (this) {
      case MODEL_UNAVAILABLE, OVERLOADED, DEVICE_OUT_OF_MEMORY, DEADLINE_EXCEEDED -> true;
      default -> false;
    };
  }

  /**
   * The error of the wire contract, with a message for people: what is wrong, where, how to mend
   * it.
   */
  public Error error(String message) {
    return Error.newBuilder().setCode(name()).setMessage(message).setRetryable(retryable()).build();
  }
}
