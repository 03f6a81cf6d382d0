package org.openautoglm.jobs.kafka.start;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.openautoglm.jobs.kafka.start.PromptTopics.Range;

class StartGuardTest {
  private static final TopicPartition ONE = new TopicPartition("p", 0);

  @Test
  void stateOfAVersionWithoutNamesIsTaken() throws Exception {
    StartGuard guard = new StartGuard("a", "g", StartOptions.USUAL);

    guard.requireOwn(Optional.empty());
    guard.requireSameTopics(Optional.empty(), Map.of("p", "id"));
  }

  @Test
  void theNameBeforeIsTheOnlyOtherThatIsTaken() throws Exception {
    StartGuard guard = new StartGuard("a", "g", new StartOptions(false, "b"));

    guard.requireOwn(Optional.of(new SourceIdentity("b", Map.of())));
    guard.requireOwn(Optional.of(new SourceIdentity("a", Map.of())));
    assertThatThrownBy(() -> guard.requireOwn(Optional.of(new SourceIdentity("c", Map.of()))))
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("--renamed-from c");
  }

  @Test
  void aTopicThatIsNotThereIsForKafkaToSay() throws Exception {
    new StartGuard("a", "g", StartOptions.USUAL)
        .requireSameTopics(Optional.of(new SourceIdentity("a", Map.of("p", "id"))), Map.of());
  }

  @Test
  void offsetsBeyondTheEndAreAnotherTopics() throws Exception {
    StartGuard.requireInRange(Map.of(ONE, 5L), Map.of(ONE, new Range(0, 5)));
    assertThatThrownBy(
            () -> StartGuard.requireInRange(Map.of(ONE, 6L), Map.of(ONE, new Range(0, 5))))
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("read p-0 up to offset 6, but it ends at 5");
  }
}
