package org.openautoglm.operators.types;

import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.openautoglm.schemas.flow.OutputRecord;

/** Flink's view of an output record: immutable, and handed on as it is where sinks are chained. */
public final class OutputRecordTypeInformation extends ValueTypeInformation<OutputRecord> {
  private static final long serialVersionUID = 1L;

  public OutputRecordTypeInformation() {
    super(OutputRecord.class);
  }

  @Override
  public TypeSerializer<OutputRecord> createSerializer(SerializerConfig config) {
    return OutputRecordTypeSerializer.INSTANCE;
  }
}
