package org.openautoglm.operators.types;

import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.openautoglm.schemas.flow.OutputRecord;

/** Flink's view of an output record: immutable, and handed on as it is where sinks are chained. */
public final class OutputRecordTypeInformation extends TypeInformation<OutputRecord> {
  private static final long serialVersionUID = 1L;

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  public Class<OutputRecord> getTypeClass() {
    return OutputRecord.class;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public TypeSerializer<OutputRecord> createSerializer(SerializerConfig config) {
    return OutputRecordTypeSerializer.INSTANCE;
  }

  @Override
  public String toString() {
    return "OutputRecord";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof OutputRecordTypeInformation;
  }

  @Override
  public int hashCode() {
    return OutputRecordTypeInformation.class.hashCode();
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof OutputRecordTypeInformation;
  }
}
