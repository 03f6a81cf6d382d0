package org.openautoglm.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/**
 * A broker as companies run it: TLS with certificates made for the test, SCRAM, and Kafka's own
 * authorizer, which allows nothing that nobody granted.
 */
public final class SecuredBroker implements AutoCloseable {
  private static final String STORE_PASSWORD = "store-password";
  private static final String ADMIN_PASSWORD = "admin-password";

  private final Path directory;
  private final EmbeddedBroker broker;
  private final Admin admin;

  private SecuredBroker(Path directory, EmbeddedBroker broker) {
    this.directory = directory;
    this.broker = broker;
    this.admin =
        Admin.create(new HashMap<String, Object>(properties("PLAIN", "admin", ADMIN_PASSWORD)));
  }

  /** Starts one whose keys and data lie in a directory. */
  public static SecuredBroker start(Path directory) throws Exception {
    makeAuthority(directory);
    makeCertificate(directory, "broker.p12");
    String login =
        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"admin\""
            + " password=\"%1$s\" user_admin=\"%1$s\";".formatted(ADMIN_PASSWORD);
    Map<String, String> properties = new HashMap<>();
    properties.put("listener.security.protocol.map", "PLAINTEXT:SASL_SSL,CONTROLLER:PLAINTEXT");
    properties.put("inter.broker.listener.name", "PLAINTEXT");
    properties.put("sasl.mechanism.inter.broker.protocol", "PLAIN");
    properties.put("sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-512");
    properties.put("listener.name.plaintext.plain.sasl.jaas.config", login);
    properties.put(
        "listener.name.plaintext.scram-sha-512.sasl.jaas.config",
        "org.apache.kafka.common.security.scram.ScramLoginModule required;");
    properties.put(
        "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
    properties.put("super.users", "User:admin;User:ANONYMOUS");
    properties.put("ssl.keystore.location", directory.resolve("broker.p12").toString());
    properties.put("ssl.keystore.password", STORE_PASSWORD);
    properties.put("ssl.truststore.location", directory.resolve("broker.p12").toString());
    properties.put("ssl.truststore.password", STORE_PASSWORD);
    EmbeddedBroker broker =
        EmbeddedBroker.start(Optional.of(directory.resolve("kafka")), 0, properties);
    return new SecuredBroker(directory, broker);
  }

  /** Where clients connect. */
  public String bootstrapServers() {
    return broker.bootstrapServers();
  }

  /** As the super user. */
  public Admin admin() {
    return admin;
  }

  /** The certificate that clients trust, PEM. */
  public Path authority() {
    return directory.resolve("ca.pem");
  }

  /** Makes a user that may do nothing yet. */
  public void addUser(String name, String password) throws Exception {
    admin
        .alterUserScramCredentials(
            List.of(
                new UserScramCredentialUpsertion(
                    name, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password)))
        .all()
        .get();
  }

  /** Grants operations, as {@code kafka-acls.sh --add --allow-principal} does. */
  public void allow(
      String user, ResourceType type, String name, PatternType pattern, AclOperation... operations)
      throws Exception {
    List<AclBinding> acls = new ArrayList<>();
    for (AclOperation operation : operations) {
      acls.add(
          new AclBinding(
              new ResourcePattern(type, name, pattern),
              new AccessControlEntry("User:" + user, "*", operation, AclPermissionType.ALLOW)));
    }
    admin.createAcls(acls).all().get();
  }

  /** Takes a grant back. */
  public void revoke(String user, ResourceType type, String name, AclOperation operation)
      throws Exception {
    admin
        .deleteAcls(
            List.of(
                new AclBinding(
                        new ResourcePattern(type, name, PatternType.LITERAL),
                        new AccessControlEntry(
                            "User:" + user, "*", operation, AclPermissionType.ALLOW))
                    .toFilter()))
        .all()
        .get();
  }

  /** Creates topics. */
  public void createTopics(Collection<String> names, int partitions) throws Exception {
    admin
        .createTopics(
            names.stream().map(name -> new NewTopic(name, partitions, (short) 1)).toList())
        .all()
        .get();
  }

  /** What a client of a user is set to. */
  public Map<String, String> client(String user, String password) {
    return properties("SCRAM-SHA-512", user, password);
  }

  private Map<String, String> properties(String mechanism, String user, String password) {
    String module = mechanism.equals("PLAIN") ? "plain.Plain" : "scram.Scram";
    Map<String, String> properties = new HashMap<>();
    properties.put("bootstrap.servers", bootstrapServers());
    properties.put("security.protocol", "SASL_SSL");
    properties.put("sasl.mechanism", mechanism);
    properties.put(
        "sasl.jaas.config",
        "org.apache.kafka.common.security.%sLoginModule required username=\"%s\" password=\"%s\";"
            .formatted(module, user, password));
    properties.put("ssl.truststore.type", "PEM");
    properties.put("ssl.truststore.location", authority().toString());
    return properties;
  }

  /** Gives the broker another certificate of the same authority, while it runs. */
  public void renewCertificate() throws Exception {
    makeCertificate(directory, "renewed.p12");
    String prefix = "listener.name.plaintext.ssl.";
    List<AlterConfigOp> changes = new ArrayList<>();
    Map.of(
            "keystore.location",
            directory.resolve("renewed.p12").toString(),
            "keystore.password",
            STORE_PASSWORD,
            "key.password",
            STORE_PASSWORD)
        .forEach(
            (name, value) ->
                changes.add(
                    new AlterConfigOp(
                        new ConfigEntry(prefix + name, value), AlterConfigOp.OpType.SET)));
    admin
        .incrementalAlterConfigs(
            Map.of(new ConfigResource(ConfigResource.Type.BROKER, "1"), changes))
        .all()
        .get();
  }

  /** The serial number of the certificate that the broker shows to new connections. */
  public BigInteger serialNumber() throws Exception {
    SSLContext trusting = SSLContext.getInstance("TLS");
    trusting.init(null, new TrustManager[] {new TrustEverybody()}, null);
    String[] address = bootstrapServers().split(":", 2);
    try (SSLSocket socket =
        (SSLSocket)
            trusting.getSocketFactory().createSocket(address[0], Integer.parseInt(address[1]))) {
      socket.startHandshake();
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber();
    }
  }

  private static void makeAuthority(Path directory) throws Exception {
    keytool(
        directory,
        "-genkeypair -keystore ca.p12 -alias ca -keyalg EC -dname CN=authority -ext bc:c -validity 30");
    keytool(directory, "-exportcert -rfc -keystore ca.p12 -alias ca -file ca.pem");
  }

  /** Of the authority, for the loopback address. */
  private static void makeCertificate(Path directory, String store) throws Exception {
    String broker = " -keystore " + store + " -alias broker";
    keytool(directory, "-genkeypair -keyalg EC -dname CN=broker -validity 30" + broker);
    keytool(directory, "-certreq -file broker.csr" + broker);
    keytool(
        directory,
        "-gencert -rfc -keystore ca.p12 -alias ca -ext SAN=IP:127.0.0.1 -validity 30"
            + " -infile broker.csr -outfile broker.pem");
    keytool(directory, "-importcert -file ca.pem -keystore " + store + " -alias ca");
    keytool(directory, "-importcert -file broker.pem" + broker);
  }

  private static void keytool(Path directory, String arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments.split(" ")));
    command.addAll(List.of("-storetype", "PKCS12", "-storepass", STORE_PASSWORD, "-noprompt"));
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    String said =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(said).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
  }

  @Override
  public void close() {
    admin.close();
    broker.close();
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
