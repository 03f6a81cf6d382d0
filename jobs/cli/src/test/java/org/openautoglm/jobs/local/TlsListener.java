package org.openautoglm.jobs.local;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** Shows a certificate to whoever connects, and says nothing more: as far as a broker is needed. */
public final class TlsListener implements AutoCloseable {
  private final SSLServerSocket listening;

  private TlsListener(SSLServerSocket listening) {
    this.listening = listening;
  }

  /**
   * Starts one on a free port of this machine.
   *
   * @param store as {@link Certificates#certify} makes it
   */
  public static TlsListener start(Path store) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    char[] password = Certificates.PASSWORD.toCharArray();
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, password);
    }
    KeyManagerFactory shown = KeyManagerFactory.getInstance("PKIX");
    shown.init(keys, password);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(shown.getKeyManagers(), null, null);
    TlsListener listener =
        new TlsListener(
            (SSLServerSocket)
                tls.getServerSocketFactory()
                    .createServerSocket(0, 8, InetAddress.getLoopbackAddress()));
    Thread thread = new Thread(listener::serve, "tls-listener");
    thread.setDaemon(true);
    thread.start();
    return listener;
  }

  /** {@code HOST:PORT}. */
  public String address() {
    return "127.0.0.1:" + listening.getLocalPort();
  }

  private void serve() {
    while (!listening.isClosed()) {
      try (SSLSocket client = (SSLSocket) listening.accept()) {
        client.startHandshake();
      } catch (IOException e) {
        // The client does not like what it was shown; the next one comes.
      }
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
