package org.openautoglm.flink.ha;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.flink.api.common.JobStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCheckpointIDCounterTest {
  @TempDir Path directory;

  @Test
  void givesNoNumberTwiceAcrossStarts() throws Exception {
    FileCheckpointIDCounter first = started(1);
    assertThat(first.getAndIncrement()).isEqualTo(1);
    assertThat(first.getAndIncrement()).isEqualTo(2);
    assertThat(first.shutdown(JobStatus.SUSPENDED)).isCompleted();
    FileCheckpointIDCounter second = started(1);
    assertThat(second.get()).isEqualTo(3);
    second.setCount(40);
    assertThat(started(1).getAndIncrement()).isEqualTo(40);
  }

  @Test
  void isNeverBehindTheCheckpointsThatAreThere() throws Exception {
    started(1).setCount(5);
    assertThat(started(9).getAndIncrement()).isEqualTo(9);
  }

  @Test
  void forgetsAJobThatHasEnded() throws Exception {
    FileCheckpointIDCounter counter = started(1);
    counter.setCount(7);
    counter.shutdown(JobStatus.CANCELED).get();
    assertThat(started(1).get()).isEqualTo(1);
  }

  private FileCheckpointIDCounter started(long least) throws Exception {
    FileCheckpointIDCounter counter =
        new FileCheckpointIDCounter(directory.resolve("job.next"), least);
    counter.start();
    return counter;
  }
}
