package org.openautoglm.jobs.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;

/**
 * An authority made for a test, and the certificates that it gives a broker of the loopback. Each
 * is one call of the JDK's {@code keytool}.
 */
public final class Certificates {
  static final String PASSWORD = "store-password";

  private final Path directory;
  private int made;

  private Certificates(Path directory) {
    this.directory = directory;
  }

  /** Makes an authority and a first certificate, whose files lie in a directory. */
  public static Certificates make(Path directory) throws Exception {
    Certificates certificates = new Certificates(directory);
    certificates.keytool("-alias ca -dname CN=authority -ext bc:c -validity 30");
    byte[] ca = certificates.keys().getCertificate("ca").getEncoded();
    Files.writeString(
        certificates.authority(),
        "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"
            .formatted(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(ca)));
    certificates.makeOne();
    return certificates;
  }

  /** The certificate that clients trust, PEM. */
  public Path authority() {
    return directory.resolve("ca.pem");
  }

  /** What a client is set to beside its security.protocol. */
  public Map<String, String> ofClient() {
    return Map.of("ssl.truststore.type", "PEM", "ssl.truststore.location", authority().toString());
  }

  /** What a listener of a broker is set to, so that it shows the newest certificate. */
  public Map<String, String> ofBroker(String listener) {
    String prefix = "listener.name." + listener + ".ssl.";
    return Map.of(
        prefix + "keystore.location", store().toString(),
        prefix + "keystore.password", PASSWORD,
        prefix + "key.password", PASSWORD);
  }

  /** Gives a broker's listener another certificate of the same authority, while it runs. */
  public void renew(Admin admin, String listener) throws Exception {
    makeOne();
    List<AlterConfigOp> changes = new ArrayList<>();
    ofBroker(listener)
        .forEach(
            (name, value) ->
                changes.add(
                    new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET)));
    admin
        .incrementalAlterConfigs(
            Map.of(new ConfigResource(ConfigResource.Type.BROKER, "1"), changes))
        .all()
        .get();
  }

  /** The serial number of the certificate that new connections to an address are shown. */
  public static BigInteger shownAt(String hostAndPort) throws Exception {
    SSLContext trusting = SSLContext.getInstance("TLS");
    trusting.init(null, new TrustManager[] {new TrustEverybody()}, null);
    String[] address = hostAndPort.split(":", 2);
    try (SSLSocket socket =
        (SSLSocket)
            trusting.getSocketFactory().createSocket(address[0], Integer.parseInt(address[1]))) {
      socket.startHandshake();
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber();
    }
  }

  private Path store() {
    return directory.resolve("broker-" + made + ".p12");
  }

  private void makeOne() throws Exception {
    made++;
    certify("broker-" + made, "-ext SAN=IP:127.0.0.1 -validity 30");
  }

  /**
   * Makes another key and its certificate.
   *
   * @param options of keytool, such as {@code -ext SAN=IP:127.0.0.1 -validity 30}
   * @return a PKCS12 store of these
   */
  public Path certify(String name, String options) throws Exception {
    keytool("-alias " + name + " -dname CN=broker -signer ca " + options);
    KeyStore all = keys();
    KeyStore one = KeyStore.getInstance("PKCS12");
    char[] password = PASSWORD.toCharArray();
    one.load(null, null);
    one.setKeyEntry(name, all.getKey(name, password), password, all.getCertificateChain(name));
    Path file = directory.resolve(name + ".p12");
    try (OutputStream out = Files.newOutputStream(file)) {
      one.store(out, password);
    }
    return file;
  }

  private KeyStore keys() throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(directory.resolve("all.p12"))) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return keys;
  }

  private void keytool(String arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-keyalg", "EC", "-keystore", "all.p12"));
    command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
    command.addAll(List.of(arguments.split(" ")));
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(said).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
  }

  /** Whoever answers is trusted, as only his certificate is looked at. */
  private static final class TrustEverybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
