package org.openautoglm.jobs.cli;

import java.io.PrintWriter;
import java.time.Instant;
import java.util.stream.Collectors;
import org.openautoglm.jobs.reconcile.Breach;
import org.openautoglm.jobs.reconcile.Finding;
import org.openautoglm.jobs.reconcile.Summary;

/** A line for each record in question, up to a number, then a line for each partition. */
final class ReconcileTable implements ReconcileReport {
  private static final String LINE = "%-40s %-24s %-24s %-20s %s%n";

  private final PrintWriter out;
  private final long most;
  private long printed;

  ReconcileTable(PrintWriter out, long most) {
    this.out = out;
    this.most = most;
  }

  @Override
  public void finding(Finding finding) {
    if (printed == 0 && most > 0) {
      out.printf(LINE, "record", "published", "request", "model", "what");
    }
    if (printed++ < most) {
      out.printf(
          LINE,
          finding.place(),
          finding.timestampMs() < 0 ? "" : Instant.ofEpochMilli(finding.timestampMs()),
          finding.requestId(),
          finding.modelId(),
          words(finding));
    }
  }

  private static String words(Finding finding) {
    String words =
        finding.breaches().stream().sorted().map(Breach::words).collect(Collectors.joining("; "));
    return words
        + (finding.republished() > 0
            ? "; published again %d x".formatted(finding.republished())
            : "")
        + (finding.checkable() ? "" : "; not checkable, what it lacks may be deleted");
  }

  @Override
  public void end(Summary summary) {
    if (printed > most) {
      out.printf("and %,d more (--max, --json)%n", printed - most);
    }
    String line = "%-32s %14s %14s %12s %12s %12s %12s %12s %12s%n";
    out.printf(
        line,
        "partition",
        "from",
        "to",
        "records",
        "right",
        "not read",
        "wrong",
        "uncheckable",
        "deleted");
    for (Summary.OfPartition each : summary.partitions()) {
      out.printf(
          line,
          each.topic() + "-" + each.partition(),
          each.from(),
          each.to(),
          each.records(),
          each.ended(),
          each.notRead(),
          each.broken(),
          each.notCheckable(),
          each.deleted());
    }
    for (Breach breach : Breach.values()) {
      if (summary.breaches().containsKey(breach)) {
        out.printf("%,d: %s%n", summary.breaches().get(breach), breach.words());
      }
    }
    out.println(
        summary.holds()
            ? "the law holds for every record that was read"
            : "the law is broken for %,d record(s)".formatted(summary.broken()));
    out.flush();
  }
}
