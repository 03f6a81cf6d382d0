package org.openautoglm.schemas.corpus;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Optional;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.wire.Coordinates;

/**
 * A record that must be refused.
 *
 * @param name unique in the corpus; also the record's key
 * @param value the record's value, empty for a tombstone
 * @param headers the record's headers
 * @param decidedBy the stage that refuses it
 * @param code why
 * @param words what the message must say, each somewhere
 */
public record BadRecord(
    String name,
    Optional<ByteString> value,
    List<Header> headers,
    Stage decidedBy,
    FailureCode code,
    List<String> words) {

  /** The stages that refuse. */
  public enum Stage {
    DECODE,
    ADMIT,
    PREPARE
  }

  /** The record as the job reads it. */
  public PromptRecord at(Coordinates source) {
    PromptRecord.Builder record =
        PromptRecord.newBuilder()
            .setSource(source)
            .setKey(ByteString.copyFromUtf8(name))
            .addAllHeaders(headers);
    value.ifPresent(record::setValue);
    return record.build();
  }

  @Override
  public String toString() {
    return name;
  }
}
