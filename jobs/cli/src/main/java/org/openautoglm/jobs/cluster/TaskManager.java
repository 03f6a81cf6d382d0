package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.runtime.rest.messages.taskmanager.TaskManagerInfo;

/**
 * A TaskManager as the JobManager counts it.
 *
 * @param host where it said that it listens
 * @param port 0 where its address has none
 */
record TaskManager(String host, int port, int slots, int freeSlots) {
  private static final int PATIENCE_MS = 500;

  /** Of pekko.tcp://flink@HOST:PORT/user/rpc/taskmanager_0. */
  private static final Pattern ADDRESS = Pattern.compile(".*@(?<host>.+):(?<port>\\d+)/.*");

  static TaskManager of(TaskManagerInfo info) {
    return at(info.getAddress(), info.getNumberSlots(), info.getNumberAvailableSlots());
  }

  static TaskManager at(String rpcAddress, int slots, int freeSlots) {
    Matcher address = ADDRESS.matcher(rpcAddress);
    return address.matches()
        ? new TaskManager(
            address.group("host"), Integer.parseInt(address.group("port")), slots, freeSlots)
        : new TaskManager("", 0, slots, freeSlots);
  }

  /**
   * Whether something listens where it said. The JobManager goes on counting one that was killed
   * until heartbeats are missed, and one that was started again listens elsewhere.
   */
  boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), PATIENCE_MS);
      return true;
    } catch (IOException | IllegalArgumentException e) {
      return false;
    }
  }
}
