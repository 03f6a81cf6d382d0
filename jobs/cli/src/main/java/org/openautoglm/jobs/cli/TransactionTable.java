package org.openautoglm.jobs.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.openautoglm.jobs.kafka.transactions.OpenTransaction;

/** Open transactions, as a table or as JSON. */
final class TransactionTable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ROW = "%-32s %-13s %-9s %-12s %-6s %s%n";

  private TransactionTable() {}

  static void print(PrintWriter out, List<OpenTransaction> open, long nowMs) {
    if (open.isEmpty()) {
      return;
    }
    out.printf(ROW, "ID", "STATE", "AGE", "PRODUCER", "EPOCH", "PARTITIONS");
    for (OpenTransaction one : open) {
      out.printf(
          ROW,
          one.id(),
          one.state(),
          one.startedMs().isPresent() ? age(nowMs - one.startedMs().getAsLong()) : "-",
          one.producerId(),
          one.epoch(),
          one.partitions().stream().map(Object::toString).collect(Collectors.joining(" ")));
    }
  }

  /** One array, with an object for each. */
  static void printJson(PrintWriter out, List<OpenTransaction> open, long nowMs) {
    ArrayNode all = JSON.createArrayNode();
    for (OpenTransaction one : open) {
      ObjectNode node = all.addObject();
      node.put("id", one.id()).put("state", one.state());
      one.startedMs()
          .ifPresent(
              ms ->
                  node.put("started", Instant.ofEpochMilli(ms).toString())
                      .put("age_ms", nowMs - ms));
      node.put("timeout_ms", one.timeoutMs())
          .put("producer_id", one.producerId())
          .put("epoch", one.epoch())
          .put("hanging", one.hangs());
      ArrayNode partitions = node.putArray("partitions");
      one.partitions().forEach(partition -> partitions.add(partition.toString()));
    }
    out.println(all);
  }

  private static String age(long ms) {
    Duration age = Duration.ofMillis(Math.max(0, ms));
    if (age.toHours() > 0) {
      return age.toHours() + "h" + age.toMinutesPart() + "m";
    }
    return age.toMinutes() > 0
        ? age.toMinutes() + "m" + age.toSecondsPart() + "s"
        : age.toSeconds() + "s";
  }
}
