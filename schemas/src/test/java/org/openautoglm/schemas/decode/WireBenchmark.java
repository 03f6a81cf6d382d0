package org.openautoglm.schemas.decode;

import static org.openautoglm.schemas.decode.Records.header;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.function.Supplier;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.json.JsonAuditWriter;
import org.openautoglm.schemas.json.JsonResultWriter;
import org.openautoglm.schemas.request.RequestLimits;
import org.openautoglm.schemas.wire.AuditEvent;
import org.openautoglm.schemas.wire.Coordinates;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.RowAudit;
import org.openautoglm.schemas.wire.StageDurations;
import org.openautoglm.schemas.wire.Status;
import org.openautoglm.schemas.wire.Timings;

/**
 * What a record costs on the wire's two ends, against Jackson's tree of the same bytes. Run on
 * purpose, with this module's test class path.
 */
public final class WireBenchmark {
  /** Many short rounds, of which the best counts: on a shared machine the others are disturbed. */
  private static final int ROUNDS = 100;

  private static final int CALLS = 5_000;

  /** Keeps the compiler from dropping what is measured. */
  private static volatile Object sink;

  private static final InferenceResult SMALL = embedding(8);
  private static final InferenceResult LARGE = embedding(512);
  private static final AuditEvent AUDIT = audit();

  private WireBenchmark() {}

  public static void main(String[] args) {
    PromptDecoder decoder = new PromptDecoder(RequestLimits.DEFAULT, System::nanoTime);
    ObjectMapper mapper = new ObjectMapper();
    String text = "Flink 把提示词按模型分组，成批推理。".repeat(5);
    String small =
        "{\"request_id\":\"r-17\",\"model_id\":\"bge-small-zh\",\"inputs\":[\"%s\"]}"
            .formatted(text);
    String full =
        """
        {"request_id":"r-17","model_id":"chat","inputs":["%s"],"parameters":{"max_new_tokens":64,\
        "temperature":0.7,"top_p":0.9,"top_k":40,"seed":7,"repetition_penalty":1.1,\
        "stop":["\\n\\n"]},"settle":"all_settled","deadline_ms":5000,"metadata":{"any":"string"}}"""
            .formatted(text);
    PromptRecord protobuf =
        Records.of(
                InferenceRequest.newBuilder()
                    .setRequestId("r-17")
                    .setModelId("bge-small-zh")
                    .addInputs(text)
                    .build()
                    .toByteString())
            .addHeaders(header("content-type", "application/x-protobuf"))
            .build();
    PromptRecord smallRecord = Records.json(small).build();
    PromptRecord fullRecord = Records.json(full).build();
    double tree = measure("tree of small", 0, () -> tree(mapper, smallRecord));
    measure("decode small", tree, () -> decoder.decode(smallRecord, 0));
    measure("decode protobuf", tree, () -> decoder.decode(protobuf, 0));
    double fullTree = measure("tree of full", 0, () -> tree(mapper, fullRecord));
    measure("decode full", fullTree, () -> decoder.decode(fullRecord, 0));
    double node = measure("toByteArray of result", 0, () -> SMALL.toByteArray());
    JsonResultWriter results = new JsonResultWriter();
    measure("write result of 8", node, () -> results.write(SMALL));
    measure("write result of 512", node, () -> results.write(LARGE));
    JsonAuditWriter audit = new JsonAuditWriter();
    measure("write audit", node, () -> audit.write(AUDIT));
    if (sink == null) {
      throw new IllegalStateException("nothing was measured");
    }
  }

  private static Object tree(ObjectMapper mapper, PromptRecord record) {
    try {
      return mapper.readTree(record.getValue().toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static double measure(String name, double base, Supplier<Object> work) {
    double best = Double.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      for (int i = 0; i < CALLS; i++) {
        sink = work.get();
      }
      best = Math.min(best, (System.nanoTime() - start) / (double) CALLS);
    }
    String ratio = base == 0 ? "" : String.format(Locale.ROOT, "  %.2f of its base", best / base);
    System.out.printf(Locale.ROOT, "%-24s %8.0f ns%s%n", name, best, ratio);
    return best;
  }

  private static InferenceResult embedding(int width) {
    Output.Builder output = Output.newBuilder();
    for (int i = 0; i < width; i++) {
      output.addEmbedding((float) Math.sin(i) / 20);
    }
    return InferenceResult.newBuilder()
        .setRequestId("r-17")
        .setModelId("bge-small-zh")
        .setStatus(Status.OK)
        .addOutputs(output)
        .setTimingsMs(Timings.newBuilder().setQueue(3.1234).setWindow(1.8).setInference(9.7))
        .build();
  }

  private static AuditEvent audit() {
    return AuditEvent.newBuilder()
        .setRequestId("r-17")
        .setModelId("bge-small-zh")
        .setOutcome("OK")
        .setSource(Coordinates.newBuilder().setTopic("autoglm.prompts").setOffset(123_456))
        .setModelVersion("1.5")
        .setModelDigest("0123456789abcdef".repeat(4))
        .addRows(RowAudit.newBuilder().setBatchId("0-0-17").setDevice("cpu").setBatchRows(32))
        .setDurationsMs(StageDurations.newBuilder().setQueue(3.1234).setTotal(12.5))
        .setSettledAtMs(1_700_000_000_000L)
        .build();
  }
}
