package org.openautoglm.jobs.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Ports of the loopback address. */
public final class LocalPort {
  private LocalPort() {}

  /** One that nobody serves on now. */
  public static int free() throws IOException {
    try (ServerSocket socket = any()) {
      return socket.getLocalPort();
    }
  }

  /** One that nobody serves on now, and not the one that is about to be served on. */
  static int freeBeside(int other) throws IOException {
    try (ServerSocket socket = any()) {
      // While this one is held, the system gives another.
      return socket.getLocalPort() == other ? free() : socket.getLocalPort();
    }
  }

  private static ServerSocket any() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  /**
   * Sees to it that a port can be served on, before anything is started that would fail less
   * clearly.
   *
   * @param port 0, which stands for any, is always free
   * @throws IOException for people, when it is in use
   */
  public static void requireFree(int port) throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      throw new IOException("port " + port + " is in use; choose another, or 0 for a free one", e);
    }
  }
}
