package org.openautoglm.jobs.kafka.clients;

/** What a TLS handshake that failed means to whoever set the client up: cause, option, remedy. */
final class TlsFailure {
  private TlsFailure() {}

  /**
   * Words that follow the brokers' address.
   *
   * @param brokersOption by which the address was given
   */
  static String words(Throwable failure, String brokersOption) {
    StringBuilder all = new StringBuilder();
    for (Throwable each = failure; each != null; each = each.getCause()) {
      all.append(each.getMessage()).append('\n');
    }
    String said = all.toString();
    if (said.contains("Unsupported or unrecognized SSL message")
        || said.contains("plaintext connection")) {
      return "does not speak TLS; set security.protocol to PLAINTEXT or SASL_PLAINTEXT";
    }
    if (said.contains("NotAfter")) {
      return "its certificate has expired (%s); renew the one in the broker's ssl.keystore.location, or set this machine's clock"
          .formatted(lastLine(said));
    }
    if (said.contains("NotBefore")) {
      return "its certificate is not valid yet (%s); set this machine's clock, or renew the one in the broker's ssl.keystore.location"
          .formatted(lastLine(said));
    }
    if (said.contains("certificate_expired")) {
      return "refuses this client's certificate, which has expired; renew the one in ssl.keystore.location";
    }
    if (said.contains("unable to find valid certification path")
        || said.contains("PKIX path")
        || said.contains("No trusted certificate")) {
      return "its certificate is not trusted here; give the authority's in"
          + " ssl.truststore.location or ssl.truststore.certificates";
    }
    if (said.contains("No name matching") || said.contains("No subject alternative")) {
      return "its certificate is for another host (%s); give a name that it holds in %s and the broker's advertised.listeners, or the broker a certificate for this one"
          .formatted(lastLine(said), brokersOption);
    }
    if (said.contains("certificate_required") || said.contains("bad_certificate")) {
      return "asks for a certificate of the client's that it trusts; give ssl.keystore.location";
    }
    return "TLS failed: " + lastLine(said);
  }

  private static String lastLine(String lines) {
    return lines.lines().filter(line -> !line.equals("null")).reduce((a, b) -> b).orElse("");
  }
}
