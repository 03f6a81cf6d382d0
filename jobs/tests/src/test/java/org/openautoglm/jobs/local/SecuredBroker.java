package org.openautoglm.jobs.local;

import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A broker as companies run it: TLS with certificates made for the test, SCRAM and OAuth, and
 * Kafka's own authorizer, which allows nothing that nobody granted.
 */
public final class SecuredBroker implements AutoCloseable {
  private static final String ADMIN_PASSWORD = "admin-password";

  private static final String OAUTH = "org.apache.kafka.common.security.oauthbearer.";

  /** Kafka's clients and brokers ask no other endpoints for tokens and keys. */
  private static final String ALLOWED_URLS = "org.apache.kafka.sasl.oauthbearer.allowed.urls";

  private final Certificates certificates;
  private final TokenEndpoint tokens;
  private final EmbeddedBroker broker;
  private final Admin admin;

  private SecuredBroker(Certificates certificates, TokenEndpoint tokens, EmbeddedBroker broker) {
    this.certificates = certificates;
    this.tokens = tokens;
    this.broker = broker;
    this.admin =
        Admin.create(new HashMap<String, Object>(properties("PLAIN", "admin", ADMIN_PASSWORD)));
  }

  /** Starts one whose keys and data lie in a directory. */
  public static SecuredBroker start(Path directory) throws Exception {
    Certificates certificates = Certificates.make(directory);
    TokenEndpoint tokens = TokenEndpoint.start();
    System.setProperty(ALLOWED_URLS, tokens.tokens() + "," + tokens.keysUrl());
    String login =
        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"admin\""
            + " password=\"%1$s\" user_admin=\"%1$s\";".formatted(ADMIN_PASSWORD);
    Map<String, String> properties = new HashMap<>();
    properties.put("listener.security.protocol.map", "PLAINTEXT:SASL_SSL,CONTROLLER:PLAINTEXT");
    properties.put("inter.broker.listener.name", "PLAINTEXT");
    properties.put("sasl.mechanism.inter.broker.protocol", "PLAIN");
    properties.put("sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-512,OAUTHBEARER");
    properties.put("listener.name.plaintext.plain.sasl.jaas.config", login);
    properties.put(
        "listener.name.plaintext.scram-sha-512.sasl.jaas.config",
        "org.apache.kafka.common.security.scram.ScramLoginModule required;");
    String oauth = "listener.name.plaintext.oauthbearer.sasl.";
    properties.put(oauth + "jaas.config", OAUTH + "OAuthBearerLoginModule required;");
    properties.put(
        oauth + "server.callback.handler.class", OAUTH + "OAuthBearerValidatorCallbackHandler");
    properties.put(oauth + "oauthbearer.jwks.endpoint.url", tokens.keysUrl());
    properties.put(oauth + "oauthbearer.expected.audience", TokenEndpoint.AUDIENCE);
    properties.put(
        "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
    properties.put("super.users", "User:admin;User:ANONYMOUS");
    properties.putAll(certificates.ofBroker("plaintext"));
    // It is a client of itself.
    properties.putAll(certificates.ofClient());
    EmbeddedBroker broker =
        EmbeddedBroker.start(Optional.of(directory.resolve("kafka")), 0, properties);
    return new SecuredBroker(certificates, tokens, broker);
  }

  /** Where clients connect. */
  public String bootstrapServers() {
    return broker.bootstrapServers();
  }

  /** As the super user. */
  public Admin admin() {
    return admin;
  }

  /** Who signs its certificate. */
  public Certificates certificates() {
    return certificates;
  }

  /** Where clients get tokens. */
  public TokenEndpoint tokens() {
    return tokens;
  }

  /** Makes a user that may do nothing yet, and a client of the same name and secret for OAuth. */
  public void addUser(String name, String password) throws Exception {
    tokens.addClient(name, password);
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

  /**
   * Begins a transaction that holds every partition of a topic, and leaves it as a crash does.
   *
   * @return the producer, to be closed without ending it
   */
  public KafkaProducer<byte[], byte[]> openTransaction(String id, String topic) throws Exception {
    Map<String, Object> client = new HashMap<>(properties("PLAIN", "admin", ADMIN_PASSWORD));
    client.put("transactional.id", id);
    client.put("transaction.timeout.ms", 900_000);
    KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer());
    producer.initTransactions();
    producer.beginTransaction();
    for (PartitionInfo partition : producer.partitionsFor(topic)) {
      producer.send(new ProducerRecord<>(topic, partition.partition(), null, new byte[1])).get();
    }
    return producer;
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
    properties.putAll(certificates.ofClient());
    return properties;
  }

  /** Gives the broker another certificate of the same authority, while it runs. */
  public void renewCertificate() throws Exception {
    certificates.renew(admin, "plaintext");
  }

  /** The serial number of the certificate that the broker shows to new connections. */
  public BigInteger serialNumber() throws Exception {
    return Certificates.shownAt(bootstrapServers());
  }

  @Override
  public void close() {
    admin.close();
    broker.close();
    tokens.close();
    System.clearProperty(ALLOWED_URLS);
  }
}
