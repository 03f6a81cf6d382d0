package org.openautoglm.jobs.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openautoglm.jobs.local.SharedBroker;

@ExtendWith(SharedBroker.class)
class TopicReaderTest {
  @Test
  void readsRangesOfOnePartitionOneAfterTheOther(SharedBroker broker) throws Exception {
    try (WrittenTopics topics = new WrittenTopics(broker);
        TopicReader reader =
            new TopicReader(
                Map.of("bootstrap.servers", broker.bootstrapServers()), Progress.NONE)) {
      for (int i = 0; i < 5; i++) {
        topics.prompt(0, "value " + i);
      }
      TopicPartition partition = new TopicPartition(topics.name("prompts"), 0);
      List<String> read = new ArrayList<>();
      for (long[] range : new long[][] {{0, 1}, {3, 5}, {1, 2}}) {
        reader.read(
            "prompts",
            Map.of(partition, range[0]),
            Map.of(partition, range[1]),
            record -> read.add(new String(record.value(), UTF_8)));
      }
      assertThat(read).containsExactly("value 0", "value 3", "value 4", "value 1");
      assertThat(reader.firstTimestamp(partition, 0, 5)).isPresent();
      reader.readAt(partition, new long[] {0, 4}, record -> read.add("at " + record.offset()));
      assertThat(read).endsWith("at 0", "at 4");
    }
  }
}
