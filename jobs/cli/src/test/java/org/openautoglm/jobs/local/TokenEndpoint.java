package org.openautoglm.jobs.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An OAuth server: gives signed tokens to clients that know their secret ({@code /token}), and
 * shows the key by which brokers check them ({@code /keys}).
 */
public final class TokenEndpoint implements AutoCloseable {
  /** Whom the tokens are for. */
  public static final String AUDIENCE = "kafka";

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final int COORDINATE_BYTES = 32;

  private final HttpServer server;
  private final KeyPair key;
  private final Map<String, String> secrets = new ConcurrentHashMap<>();

  private TokenEndpoint(HttpServer server, KeyPair key) {
    this.server = server;
    this.key = key;
  }

  /** Starts one on a free port of this machine. */
  public static TokenEndpoint start() throws Exception {
    KeyPairGenerator keys = KeyPairGenerator.getInstance("EC");
    keys.initialize(new ECGenParameterSpec("secp256r1"));
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    TokenEndpoint endpoint = new TokenEndpoint(server, keys.generateKeyPair());
    server.createContext("/token", endpoint::giveToken);
    server.createContext("/keys", exchange -> answer(exchange, 200, endpoint.keys()));
    server.start();
    return endpoint;
  }

  /** Where tokens are given. */
  public String tokens() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/token";
  }

  /** Where the key is shown. */
  public String keysUrl() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/keys";
  }

  /** Makes a client known. */
  public void addClient(String id, String secret) {
    secrets.put(id, secret);
  }

  private void giveToken(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    String header = exchange.getRequestHeaders().getFirst("Authorization");
    String[] client =
        new String(Base64.getDecoder().decode(header.substring("Basic ".length())), UTF_8)
            .split(":", 2);
    if (client[1].equals(secrets.get(client[0]))) {
      answer(
          exchange,
          200,
          "{\"access_token\": \"%s\", \"token_type\": \"Bearer\", \"expires_in\": 3600}"
              .formatted(token(client[0])));
    } else {
      answer(exchange, 401, "{\"error\": \"invalid_client\"}");
    }
  }

  private String token(String subject) throws IOException {
    long now = Instant.now().getEpochSecond();
    String signed =
        encoded("{\"alg\": \"ES256\", \"kid\": \"1\"}")
            + "."
            + encoded(
                "{\"sub\": \"%s\", \"aud\": \"%s\", \"iat\": %d, \"exp\": %d}"
                    .formatted(subject, AUDIENCE, now, now + 3600));
    try {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(key.getPrivate());
      signature.update(signed.getBytes(UTF_8));
      return signed + "." + BASE64.encodeToString(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private String keys() {
    ECPublicKey open = (ECPublicKey) key.getPublic();
    return "{\"keys\": [{\"kty\": \"EC\", \"crv\": \"P-256\", \"kid\": \"1\", \"x\": \"%s\", \"y\": \"%s\"}]}"
        .formatted(coordinate(open.getW().getAffineX()), coordinate(open.getW().getAffineY()));
  }

  private static String coordinate(BigInteger number) {
    byte[] shortest = number.toByteArray();
    byte[] whole = new byte[COORDINATE_BYTES];
    int length = Math.min(shortest.length, COORDINATE_BYTES);
    System.arraycopy(shortest, shortest.length - length, whole, COORDINATE_BYTES - length, length);
    return BASE64.encodeToString(whole);
  }

  private static String encoded(String json) {
    return BASE64.encodeToString(json.getBytes(UTF_8));
  }

  private static void answer(HttpExchange exchange, int status, String json) throws IOException {
    byte[] body = json.getBytes(UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
