package org.openautoglm.jobs.kafka.reading;

import java.lang.reflect.Field;

/**
 * A private field of kafka-clients or flink-connector-kafka, whose versions the build holds.
 * Another version on the class path fails the job's start, with the remedy.
 */
final class PrivateField {
  private PrivateField() {}

  static <T> T get(Object of, Class<?> declaredBy, String name, Class<T> type) {
    try {
      return type.cast(field(declaredBy, name).get(of));
    } catch (ReflectiveOperationException | ClassCastException e) {
      throw unexpected(e);
    }
  }

  static void set(Object of, Class<?> declaredBy, String name, Object value) {
    try {
      field(declaredBy, name).set(of, value);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      throw unexpected(e);
    }
  }

  private static Field field(Class<?> declaredBy, String name) throws NoSuchFieldException {
    Field field = declaredBy.getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }

  private static IllegalStateException unexpected(Exception e) {
    return new IllegalStateException(
        "kafka-clients or flink-connector-kafka on the class path is not the version that this job"
            + " was built with: take other versions out of Flink's lib folder",
        e);
  }
}
