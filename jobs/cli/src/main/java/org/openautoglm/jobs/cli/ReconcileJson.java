package org.openautoglm.jobs.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Locale;
import org.openautoglm.jobs.reconcile.Breach;
import org.openautoglm.jobs.reconcile.Finding;
import org.openautoglm.jobs.reconcile.Summary;

/** One JSON object, written as it comes: all records in question, the partitions, the verdict. */
final class ReconcileJson implements ReconcileReport {
  private final PrintWriter out;
  private final JsonGenerator json;

  ReconcileJson(PrintWriter out) throws IOException {
    this.out = out;
    json = new JsonFactory().createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    json.writeStartObject();
    json.writeArrayFieldStart("records");
  }

  @Override
  public void finding(Finding finding) {
    try {
      json.writeStartObject();
      json.writeStringField("topic", finding.place().topic());
      json.writeNumberField("partition", finding.place().partition());
      json.writeNumberField("offset", finding.place().offset());
      json.writeNumberField("timestamp_ms", finding.timestampMs());
      json.writeStringField("request_id", finding.requestId());
      json.writeStringField("model_id", finding.modelId());
      json.writeArrayFieldStart("breaches");
      for (Breach breach : Breach.values()) {
        if (finding.breaches().contains(breach)) {
          json.writeString(name(breach));
        }
      }
      json.writeEndArray();
      json.writeBooleanField("checkable", finding.checkable());
      json.writeNumberField("outcomes", finding.outcomes());
      json.writeNumberField("audits", finding.audits());
      json.writeNumberField("republished", finding.republished());
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void end(Summary summary) {
    try {
      json.writeEndArray();
      json.writeArrayFieldStart("partitions");
      for (Summary.OfPartition each : summary.partitions()) {
        json.writeStartObject();
        json.writeStringField("topic", each.topic());
        json.writeNumberField("partition", each.partition());
        json.writeNumberField("from", each.from());
        json.writeNumberField("to", each.to());
        json.writeNumberField("records", each.records());
        json.writeNumberField("right", each.ended());
        json.writeNumberField("not_read", each.notRead());
        json.writeNumberField("wrong", each.broken());
        json.writeNumberField("not_checkable", each.notCheckable());
        json.writeNumberField("deleted", each.deleted());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeObjectFieldStart("breaches");
      for (Breach breach : Breach.values()) {
        json.writeNumberField(name(breach), summary.breaches().getOrDefault(breach, 0L));
      }
      json.writeEndObject();
      json.writeNumberField("wrong", summary.broken());
      json.writeNumberField("republished", summary.republished());
      json.writeArrayFieldStart("notes");
      for (String note : summary.notes()) {
        json.writeString(note);
      }
      json.writeEndArray();
      json.writeBooleanField("holds", summary.holds());
      json.writeEndObject();
      json.flush();
      out.println();
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String name(Breach breach) {
    return breach.name().toLowerCase(Locale.ROOT);
  }
}
