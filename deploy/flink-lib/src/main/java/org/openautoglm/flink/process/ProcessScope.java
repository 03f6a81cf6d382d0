package org.openautoglm.flink.process;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What the jobs of one process share although each has classes of its own: objects by name. Only
 * objects of the JDK's own classes belong here, since those of a job would keep its class loader.
 * Found by the job by the name of this class.
 */
public final class ProcessScope {
  private static final ConcurrentMap<String, Object> OBJECTS = new ConcurrentHashMap<>();

  private ProcessScope() {}

  /** The objects by name. */
  public static ConcurrentMap<String, Object> objects() {
    return OBJECTS;
  }
}
