package org.openautoglm.schemas.json;

import org.openautoglm.schemas.wire.Error;

/** The field {@code error}, alike in results, outputs and audit events. */
final class JsonError {
  private JsonError() {}

  static void write(JsonBuffer json, Error error) {
    json.beginObject("error")
        .text("code", error.getCode())
        .text("message", error.getMessage())
        .bool("retryable", error.getRetryable())
        .endObject();
  }
}
