package org.openautoglm.jobs.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Test;
import org.openautoglm.jobs.configuration.JobConfiguration.Delivery;
import org.openautoglm.jobs.configuration.KafkaConfiguration;
import org.openautoglm.jobs.configuration.KafkaConfiguration.Topics;
import org.openautoglm.jobs.kafka.KafkaEnds;
import org.openautoglm.jobs.topology.InferenceTopology.Ends;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.DevicePreference;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RetrySpec;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.onnx.OnnxFailureClassifier;
import org.openautoglm.operators.inference.onnx.OnnxModelProvider;
import org.openautoglm.operators.settlement.OutputBounds;
import org.openautoglm.operators.tracing.TracingSpec;
import org.openautoglm.schemas.request.RequestLimits;

/** The graph that savepoints and operators' dashboards know: its nodes, edges, uids and types. */
class InferenceTopologyTest {

  @Test
  void isTheGoldenGraph() throws Exception {
    try (InputStream golden = getClass().getResourceAsStream("golden-graph.txt")) {
      assertThat(render(graph())).isEqualTo(new String(golden.readAllBytes(), UTF_8));
    }
  }

  @Test
  void isTheSameButForOneEdgeWhereItRebalances() throws Exception {
    try (InputStream golden = getClass().getResourceAsStream("golden-graph.txt")) {
      List<String> usual = new String(golden.readAllBytes(), UTF_8).lines().toList();
      List<String> rebalanced = render(graph(true)).lines().toList();
      List<String> different = new ArrayList<>(rebalanced);
      different.removeAll(usual);

      assertThat(rebalanced).hasSameSizeAs(usual);
      assertThat(different).singleElement().asString().contains("REBALANCE").contains("prompts");
      assertThat(uids(graph(true))).isEqualTo(uids(graph(false)));
    }
  }

  private static List<String> uids(StreamGraph graph) {
    return graph.getStreamNodes().stream().map(StreamNode::getTransformationUID).sorted().toList();
  }

  @Test
  void everyStageOfTheDiagramIsInIt() {
    assertThat(graph().getStreamNodes())
        .extracting(StreamNode::getTransformationUID)
        .contains(Arrays.stream(Stage.values()).map(Stage::uid).toArray(String[]::new));
  }

  @Test
  void nothingIsSerialisedByKryo() {
    for (StreamNode node : graph().getStreamNodes()) {
      assertThat(node.getTypeSerializersIn()).noneMatch(InferenceTopologyTest::isGeneric);
      assertThat(isGeneric(node.getTypeSerializerOut())).as(node.getOperatorName()).isFalse();
    }
  }

  private static boolean isGeneric(TypeSerializer<?> serializer) {
    return serializer != null && serializer.getClass().getName().contains("Kryo");
  }

  private static StreamGraph graph() {
    return graph(false);
  }

  private static StreamGraph graph(boolean rebalance) {
    Configuration flink = new Configuration();
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    flink.set(PipelineOptions.MAX_PARALLELISM, 128);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(flink);
    env.setParallelism(2);
    KafkaEnds kafka =
        KafkaEnds.of(
            new KafkaConfiguration(
                "localhost:9092",
                new Topics("prompts", "results", "audit", "dead-letters"),
                null,
                null,
                Duration.ofSeconds(10),
                "group",
                Map.of(),
                Map.of(),
                Map.of(),
                "autoglm",
                Duration.ofMinutes(15),
                List.of()),
            Delivery.EXACTLY_ONCE,
            RequestLimits.DEFAULT.maxRecordBytes(),
            1_000_000);
    InferenceTopology.build(
        env,
        new TopologySpec(
            List.of(model()),
            new OnnxModelProvider(),
            new OnnxFailureClassifier(),
            RequestLimits.DEFAULT,
            0,
            OutputBounds.fixed(1_000_000),
            rebalance,
            TracingSpec.OFF),
        new Ends(kafka.prompts(), kafka.answers(), kafka.refusals()));
    return env.getStreamGraph();
  }

  /** A line for each node in the order of their ids, with its inputs. */
  private static String render(StreamGraph graph) {
    StringBuilder text = new StringBuilder();
    graph.getStreamNodes().stream()
        .sorted((a, b) -> Integer.compare(a.getId(), b.getId()))
        .forEach(
            node -> {
              text.append(node.getTransformationUID())
                  .append(" | ")
                  .append(node.getOperatorName())
                  .append('\n');
              node.getInEdges()
                  .forEach(
                      edge ->
                          text.append("  <- ")
                              .append(
                                  graph.getStreamNode(edge.getSourceId()).getTransformationUID())
                              .append(" by ")
                              .append(edge.getPartitioner())
                              .append(edge.getOutputTag() == null ? "" : " tag refused")
                              .append('\n'));
            });
    return text.toString();
  }

  private static ModelSpec model() {
    return new ModelSpec(
        "bge-small-zh",
        TaskType.EMBEDDING,
        "models/bge-small-zh",
        DevicePreference.AUTO,
        1,
        EncoderSpec.FROM_MODEL,
        new BatchingSpec(32, 1024, 0, 512, BatchingSpec.Policy.FIRST_COME_FIRST_SERVED, 1000),
        new RetrySpec(3, 100, 10_000));
  }
}
