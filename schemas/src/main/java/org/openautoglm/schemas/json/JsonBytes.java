package org.openautoglm.schemas.json;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.BufferRecycler;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.openautoglm.schemas.wire.Error;

/** Writes JSON to byte arrays with buffers that each thread keeps, and what all records share. */
final class JsonBytes {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          // Emoji as themselves, not as two escapes.
          .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
          .recyclerPool(JsonRecyclerPools.threadLocalPool())
          .build();

  private JsonBytes() {}

  /** Writes one JSON text. */
  interface Body {
    void writeTo(JsonGenerator json) throws IOException;
  }

  /** The bytes of what the body writes. */
  static byte[] of(Body body) {
    BufferRecycler recycler = FACTORY._getBufferRecycler();
    try (ByteArrayBuilder bytes = new ByteArrayBuilder(recycler)) {
      try (JsonGenerator json = FACTORY.createGenerator(bytes, JsonEncoding.UTF8)) {
        body.writeTo(json);
      }
      return bytes.getClearAndRelease();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    } finally {
      recycler.releaseToPool();
    }
  }

  /** A string field, left out where it is empty. */
  static void textUnlessEmpty(JsonGenerator json, String name, String value) throws IOException {
    if (!value.isEmpty()) {
      json.writeStringField(name, value);
    }
  }

  static void error(JsonGenerator json, Error error) throws IOException {
    json.writeObjectFieldStart("error");
    json.writeStringField("code", error.getCode());
    json.writeStringField("message", error.getMessage());
    json.writeBooleanField("retryable", error.getRetryable());
    json.writeEndObject();
  }
}
