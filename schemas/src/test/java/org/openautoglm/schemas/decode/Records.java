package org.openautoglm.schemas.decode;

import com.google.protobuf.ByteString;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.wire.Coordinates;

/** Prompt records for tests. */
public final class Records {
  public static final Coordinates SOURCE =
      Coordinates.newBuilder()
          .setTopic("prompts")
          .setPartition(3)
          .setOffset(17)
          .setTimestampMs(1_000)
          .build();

  private Records() {}

  /** A record of that value, without key and headers. */
  public static PromptRecord.Builder json(String value) {
    return of(ByteString.copyFromUtf8(value));
  }

  /** A record of that value, without key and headers. */
  public static PromptRecord.Builder of(ByteString value) {
    return PromptRecord.newBuilder().setSource(SOURCE).setValue(value);
  }

  public static Header header(String key, String value) {
    return Header.newBuilder().setKey(key).setValue(ByteString.copyFromUtf8(value)).build();
  }

  public static Header header(String key, byte[] value) {
    return Header.newBuilder().setKey(key).setValue(ByteString.copyFrom(value)).build();
  }
}
