package org.openautoglm.operators.types;

import org.apache.flink.api.common.typeinfo.TypeInformation;

/** Flink's view of an immutable value that is one whole: it has no fields and is no key. */
abstract class ValueTypeInformation<T> extends TypeInformation<T> {
  private static final long serialVersionUID = 1L;

  private final Class<T> type;

  ValueTypeInformation(Class<T> type) {
    this.type = type;
  }

  @Override
  public final boolean isBasicType() {
    return false;
  }

  @Override
  public final boolean isTupleType() {
    return false;
  }

  @Override
  public final int getArity() {
    return 1;
  }

  @Override
  public final int getTotalFields() {
    return 1;
  }

  @Override
  public final Class<T> getTypeClass() {
    return type;
  }

  @Override
  public final boolean isKeyType() {
    return false;
  }

  @Override
  public final String toString() {
    return "Value<" + type.getSimpleName() + ">";
  }

  @Override
  public final boolean equals(Object other) {
    return other instanceof ValueTypeInformation<?> that
        && that.canEqual(this)
        && type.equals(that.type);
  }

  @Override
  public final int hashCode() {
    return type.hashCode();
  }

  @Override
  public final boolean canEqual(Object other) {
    return other instanceof ValueTypeInformation;
  }
}
