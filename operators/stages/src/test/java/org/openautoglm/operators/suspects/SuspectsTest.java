package org.openautoglm.operators.suspects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.openautoglm.operators.suspects.MortalJob.JOB;
import static org.openautoglm.operators.suspects.MortalJob.at;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ends of real processes, without a trace, and errors that processes survive. */
class SuspectsTest {
  @TempDir Path temporary;
  private int attempts;

  @Test
  void theOnlyRecordEndsTheProcessTwice() throws Exception {
    MortalJob job = new MortalJob(temporary, 7);
    job.run(new long[] {7});
    assertThat(job.ends()).isEqualTo(2);
    assertThat(job.logged("set aside")).containsOnly(7L);
  }

  @Test
  void oneOfManyEndsTheProcessTwiceAndTheOthersAreAnswered() throws Exception {
    MortalJob job = new MortalJob(temporary, 3);
    job.run(new long[] {1, 2, 3, 4}, new long[] {5, 6});
    assertThat(job.ends()).isEqualTo(2);
    assertThat(job.logged("set aside")).containsOnly(3L);
    assertThat(job.logged("answered")).contains(1L, 2L, 4L, 5L, 6L);
  }

  /** In hand at each other's ends, they could be taken for each other. */
  @Test
  void eachOfSeveralEndsTheProcessTwiceAtMost() throws Exception {
    MortalJob job = new MortalJob(temporary, 3, 5);
    job.run(new long[] {1, 2, 3}, new long[] {4, 5, 6});
    for (long deadly : new long[] {3, 5}) {
      assertThat(job.logged("died")).filteredOn(died -> died == deadly).hasSizeLessThan(3);
    }
    assertThat(job.logged("set aside")).containsOnly(3L, 5L);
    assertThat(job.logged("answered")).contains(1L, 2L, 4L, 6L);
  }

  @Test
  void isOfOneJobAlone() throws Exception {
    fail(7);
    try (Suspects after = Suspects.open(temporary, JOB, 1);
        Suspects other = Suspects.open(temporary, "another job", 1)) {
      assertThat(after.suspects(at(7))).isTrue();
      assertThat(after.suspects(at(8))).isFalse();
      assertThat(other.suspects(at(7))).isFalse();
    }
  }

  /** They have one process, and each may end it. */
  @Test
  @SuppressWarnings("try") // The hand only has to be there.
  void isNotAloneBesideAnotherJob() throws Exception {
    try (Suspects other = Suspects.open(temporary, "another job", 0);
        Suspects.Hand hand = other.take(new long[] {99})) {
      fail(7);
      fail(7);
    }
    try (Suspects after = Suspects.open(temporary, JOB, 2)) {
      assertThat(after.suspects(at(7))).isTrue();
      assertThat(after.convicts(at(7))).isFalse();
    }
  }

  @Test
  void convictsAtTheSecondErrorThatTheProcessSurvives() throws Exception {
    fail(5);
    try (Suspects suspects = Suspects.open(temporary, JOB, 1)) {
      assertThat(suspects.convicts(at(5))).isFalse();
      Suspects.Step step = suspects.step();
      step.begin(at(6));
      step.failed(new LinkageError("nothing that a record does"));
      step.end();
    }
    fail(5);
    try (Suspects after = Suspects.open(temporary, JOB, 2)) {
      assertThat(after.convicts(at(5))).isTrue();
      assertThat(after.suspects(at(6))).isFalse();
    }
  }

  /** An attempt of the job that an error ends, with this record in hand. */
  private void fail(long offset) throws Exception {
    try (Suspects suspects = Suspects.open(temporary, JOB, attempts++);
        Suspects.Hand hand = suspects.take(new long[] {Suspects.id(at(offset))})) {
      hand.failed(new IllegalStateException(new OutOfMemoryError("Java heap space")));
    }
  }

  /** Whoever takes the memory is not always the one that gets none. */
  @Test
  void anErrorMakesAllThatWereInHandSuspectAndConvictsNoneOfThem() throws Exception {
    for (int attempt = 0; attempt < 3; attempt++) {
      try (Suspects suspects = Suspects.open(temporary, JOB, attempt);
          Suspects.Hand other = suspects.take(new long[] {Suspects.id(at(1)), 99});
          Suspects.Hand hand = suspects.take(new long[] {Suspects.id(at(2)), 98})) {
        hand.failed(new OutOfMemoryError("Java heap space"));
        other.failed(new OutOfMemoryError("Java heap space"));
      }
    }
    try (Suspects after = Suspects.open(temporary, JOB, 3)) {
      assertThat(after.suspects(at(1))).isTrue();
      assertThat(after.suspects(at(2))).isTrue();
      assertThat(after.convicts(at(1)) || after.convicts(at(2))).isFalse();
    }
  }

  @Test
  void whatEndsAStepIsSetAsideBeforeIt() throws Exception {
    for (int attempt = 0; attempt < 2; attempt++) {
      try (Suspects suspects = Suspects.open(temporary, JOB, attempt)) {
        Suspects.Step step = suspects.step();
        step.begin(at(5));
        step.failed(new OutOfMemoryError("Java heap space"));
        step.end();
      }
    }
    try (Suspects after = Suspects.open(temporary, JOB, 2)) {
      assertThat(after.convicts(at(5))).isTrue();
      assertThat(after.suspects(at(5))).as("it never came to a lane").isFalse();
    }
  }

  /** More than a place of the file holds. */
  @Test
  void notesEveryRecordOfALargeBatch() throws Exception {
    long[] records = LongStream.range(0, 2_000).map(o -> Suspects.id(at(o))).toArray();
    try (Suspects suspects = Suspects.open(temporary, JOB, 0);
        Suspects.Hand hand = suspects.take(records)) {
      hand.failed(new OutOfMemoryError("Java heap space"));
    }
    try (Suspects after = Suspects.open(temporary, JOB, 1)) {
      assertThat(LongStream.range(0, 2_000)).allMatch(o -> after.suspects(at(o)));
    }
  }

  @Test
  void anEndInGoodOrderLeavesNothing() throws Exception {
    try (Suspects suspects = Suspects.open(temporary, JOB, 0)) {
      suspects.take(new long[] {1});
      suspects.step().begin(at(1));
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void forgetsAfterAnHour() throws Exception {
    fail(1);
    Instant earlier = Instant.now().minus(Duration.ofHours(2));
    for (Path file : files()) {
      Files.setLastModifiedTime(file, FileTime.from(earlier));
    }
    try (Suspects after = Suspects.open(temporary, JOB, 1)) {
      assertThat(after.suspects(at(1))).isFalse();
    }
  }

  @Test
  void suspectsNobodyWhereThereIsNoDisk() throws Exception {
    Path file = Files.createFile(temporary.resolve("file"));
    try (Suspects suspects = Suspects.open(file, JOB, 0);
        Suspects.Hand hand = suspects.take(new long[] {1})) {
      hand.failed(new OutOfMemoryError());
      suspects.step().begin(at(1));
      assertThat(suspects.suspects(at(1))).isFalse();
    }
  }

  private List<Path> files() throws Exception {
    try (Stream<Path> left = Files.walk(temporary)) {
      return left.filter(Files::isRegularFile).toList();
    }
  }
}
