package org.openautoglm.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WaitingWordsTest {
  @Test
  void saysOnceWhatIsWaitedForNow() {
    StringWriter said = new StringWriter();
    try (WaitingWords waiting = new WaitingWords(new PrintWriter(said), Duration.ofMillis(1))) {
      waiting.on("one");
      await().until(() -> said.toString().contains("waiting for one\n"));
      waiting.on("another");
      await().until(() -> said.toString().contains("waiting for another\n"));
    }
    assertThat(said.toString().lines()).hasSize(2);
  }

  @Test
  void saysNothingOfWhatCameInTime() {
    StringWriter said = new StringWriter();
    try (WaitingWords waiting = new WaitingWords(new PrintWriter(said), Duration.ofMillis(20))) {
      waiting.on("one");
      waiting.over();
      waiting.on("another");
      await().until(() -> said.toString().contains("waiting for another\n"));
    }
    assertThat(said.toString()).doesNotContain("waiting for one");
  }
}
