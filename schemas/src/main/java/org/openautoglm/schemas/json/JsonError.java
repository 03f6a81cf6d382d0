package org.openautoglm.schemas.json;

import static org.openautoglm.schemas.json.JsonName.CODE;
import static org.openautoglm.schemas.json.JsonName.ERROR;
import static org.openautoglm.schemas.json.JsonName.MESSAGE;
import static org.openautoglm.schemas.json.JsonName.RETRYABLE;
import static org.openautoglm.schemas.json.JsonName.RETRY_AFTER_MS;

import org.openautoglm.schemas.wire.Error;

/** The field {@code error}, alike in results, outputs and audit events. */
final class JsonError {
  private JsonError() {}

  static void write(JsonBuffer json, Error error) {
    json.beginObject(ERROR)
        .text(CODE, error.getCode())
        .text(MESSAGE, error.getMessage())
        .bool(RETRYABLE, error.getRetryable());
    if (error.hasRetryAfterMs()) {
      json.number(RETRY_AFTER_MS, error.getRetryAfterMs());
    }
    json.endObject();
  }
}
