package org.openautoglm.jobs.kafka.start;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.connector.kafka.source.enumerator.AssignmentStatus;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumStateSerializer;
import org.apache.flink.connector.kafka.source.enumerator.SplitAndAssignmentStatus;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** The name beside Kafka's state, which Kafka's own serializer passes over. */
class CheckedStateSerializerTest {
  private static final KafkaSourceEnumState STATE =
      new KafkaSourceEnumState(
          Set.of(
              new SplitAndAssignmentStatus(
                  new KafkaPartitionSplit(new TopicPartition("提示", 0), 7),
                  AssignmentStatus.ASSIGNED),
              new SplitAndAssignmentStatus(
                  new KafkaPartitionSplit(new TopicPartition("new", 3), -2),
                  AssignmentStatus.UNASSIGNED)),
          true);
  private static final SourceIdentity IDENTITY =
      new SourceIdentity("house", Map.of("提示", "AAAAAAAAAAAAAAAAAAAAAA"));

  private final CheckedStateSerializer serializer = new CheckedStateSerializer();

  @Test
  void stateAndIdentityComeBack() throws Exception {
    byte[] bytes = serializer.serialize(new CheckedState(STATE, Optional.of(IDENTITY)));

    CheckedState read = serializer.deserialize(serializer.getVersion(), bytes);

    assertThat(read.identity()).contains(IDENTITY);
    assertThat(splits(read.kafka())).isEqualTo(splits(STATE));
    assertThat(read.kafka().initialDiscoveryFinished()).isTrue();
  }

  @Test
  void aVersionWithoutIdentitiesReadsIt() throws Exception {
    byte[] bytes = serializer.serialize(new CheckedState(STATE, Optional.of(IDENTITY)));

    KafkaSourceEnumState read =
        new KafkaSourceEnumStateSerializer().deserialize(serializer.getVersion(), bytes);

    assertThat(splits(read)).isEqualTo(splits(STATE));
    assertThat(read.initialDiscoveryFinished()).isTrue();
  }

  @Test
  void whatAVersionWithoutIdentitiesWroteIsRead() throws Exception {
    KafkaSourceEnumStateSerializer earlier = new KafkaSourceEnumStateSerializer();

    CheckedState read = serializer.deserialize(earlier.getVersion(), earlier.serialize(STATE));

    assertThat(read.identity()).isEmpty();
    assertThat(splits(read.kafka())).isEqualTo(splits(STATE));
  }

  @Test
  void withoutAPartitionThereIsNobodyToSayWhoseItIs() throws Exception {
    KafkaSourceEnumState nothing = new KafkaSourceEnumState(Set.of(), false);

    CheckedState read =
        serializer.deserialize(
            serializer.getVersion(),
            serializer.serialize(new CheckedState(nothing, Optional.of(IDENTITY))));

    assertThat(read.identity()).isEmpty();
  }

  /** As values: Kafka's own pair of split and status is equal to nothing but itself. */
  private static Set<String> splits(KafkaSourceEnumState state) {
    return state.splits().stream()
        .map(split -> split.split() + " " + split.assignmentStatus())
        .collect(Collectors.toSet());
  }
}
