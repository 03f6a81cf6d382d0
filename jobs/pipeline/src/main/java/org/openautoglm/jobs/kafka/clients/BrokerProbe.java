package org.openautoglm.jobs.kafka.clients;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * Knocks at the first address of a list of brokers where Kafka's client only says that time has
 * passed: whether anything listens there, and whether it speaks TLS.
 */
enum BrokerProbe {
  UNKNOWN_HOST,
  NOTHING_LISTENS,
  SPEAKS_TLS,
  LISTENS;

  private static final int TIMEOUT_MS = 1_500;

  /** A TLS 1.2 ClientHello with one cipher suite, enough to be answered by a TLS record. */
  private static final byte[] CLIENT_HELLO = {
    0x16,
    3,
    1,
    0,
    47,
    1,
    0,
    0,
    43,
    3,
    3,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
    16,
    17,
    18,
    19,
    20,
    21,
    22,
    23,
    24,
    25,
    26,
    27,
    28,
    29,
    30,
    31,
    32,
    0,
    0,
    2,
    (byte) 0xc0,
    0x2f,
    1,
    0,
    0,
    0
  };

  private static final int TLS_ALERT = 0x15;
  private static final int TLS_HANDSHAKE = 0x16;

  /**
   * Looks, for a few seconds at most.
   *
   * @param bootstrap {@code HOST:PORT}, more of them separated by commas
   */
  static BrokerProbe look(String bootstrap) {
    String first = bootstrap.split(",", 2)[0].strip();
    int colon = first.lastIndexOf(':');
    String host = first.substring(0, Math.max(colon, 0)).replaceAll("[\\[\\]]", "");
    InetSocketAddress address =
        new InetSocketAddress(host, Integer.parseInt(first.substring(colon + 1)));
    if (address.isUnresolved()) {
      return UNKNOWN_HOST;
    }
    try (Socket socket = new Socket()) {
      socket.connect(address, TIMEOUT_MS);
      socket.setSoTimeout(TIMEOUT_MS);
      return answersWithTls(socket) ? SPEAKS_TLS : LISTENS;
    } catch (IOException e) {
      return NOTHING_LISTENS;
    }
  }

  private static boolean answersWithTls(Socket socket) {
    try {
      socket.getOutputStream().write(CLIENT_HELLO);
      int type = socket.getInputStream().read();
      return (type == TLS_HANDSHAKE || type == TLS_ALERT) && socket.getInputStream().read() == 3;
    } catch (IOException e) {
      return false;
    }
  }
}
