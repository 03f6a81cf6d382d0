package org.openautoglm.jobs.kafka;

import java.lang.reflect.Field;
import java.time.Duration;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin client of the connector's exactly-once writer, which flink-connector-kafka 5.0.0 opens
 * to list transactions and never closes. It is a private field; where there is none of that name,
 * the connector has changed, and may have mended it.
 */
final class ForgottenAdmin {
  private static final Logger LOG = LoggerFactory.getLogger(ForgottenAdmin.class);
  private static final String FIELD = "adminClient";

  private ForgottenAdmin() {}

  /** Closes it, without waiting for anything that is under way. */
  static void close(Object writer) {
    try {
      Field field = writer.getClass().getDeclaredField(FIELD);
      field.setAccessible(true);
      if (field.get(writer) instanceof Admin admin) {
        admin.close(Duration.ZERO);
      }
    } catch (NoSuchFieldException e) {
      LOG.debug("{} has no {}", writer.getClass(), FIELD);
    } catch (ReflectiveOperationException | RuntimeException e) {
      LOG.warn("A writer's admin client stays open, and with it the memory of its job", e);
    }
  }
}
