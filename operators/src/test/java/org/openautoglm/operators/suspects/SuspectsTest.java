package org.openautoglm.operators.suspects;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.schemas.wire.Coordinates;

/** Ends of real processes, without a trace and with the report of a crash, and of tasks alone. */
class SuspectsTest {
  private static final String JOB = "0123";

  @TempDir Path temporary;

  /** Takes records in hand and dies as a process that is killed does. */
  static final class Mortal {
    private Mortal() {}

    public static void main(String[] offsets) throws Exception {
      Suspects suspects = Suspects.open(Path.of(offsets[0]), JOB);
      long[] records =
          Arrays.stream(offsets)
              .skip(1)
              .mapToLong(o -> Suspects.id(at(Long.parseLong(o))))
              .toArray();
      Suspects.Hand earlier = suspects.take(new long[] {Suspects.id(at(999))});
      earlier.close();
      suspects.take(records);
      Runtime.getRuntime().halt(137);
    }
  }

  @Test
  void suspectsWhatWasInHandAndConvictsItAtTheThirdEndWithoutATrace() throws Exception {
    die(1, 2, 3);
    try (Suspects after = Suspects.open(temporary, JOB)) {
      assertThat(after.isEmpty()).isFalse();
      assertThat(Stream.of(1, 2, 3)).allMatch(o -> after.suspects(at(o)) && !after.convicts(at(o)));
      assertThat(after.suspects(at(999))).as("laid down before").isFalse();
      assertThat(after.suspects(at(4))).isFalse();
    }
    die(2);
    try (Suspects after = Suspects.open(temporary, JOB)) {
      assertThat(after.convicts(at(2))).as("killed from outside, perhaps").isFalse();
    }
    die(2);
    try (Suspects after = Suspects.open(temporary, JOB)) {
      assertThat(after.convicts(at(2))).isTrue();
      assertThat(after.convicts(at(1))).isFalse();
    }
    assertThat(Suspects.open(temporary, "another job").isEmpty()).isTrue();
  }

  @Test
  void convictsAtTheSecondCrashThatTheJvmReports() throws Exception {
    for (int crash = 0; crash < 2; crash++) {
      long pid = die(7);
      Path report = Path.of(System.getProperty("java.io.tmpdir"), "hs_err_pid" + pid + ".log");
      Files.writeString(report, "# SIGSEGV");
      report.toFile().deleteOnExit();
    }
    try (Suspects after = Suspects.open(temporary, JOB)) {
      assertThat(after.convicts(at(7))).isTrue();
    }
  }

  @Test
  void convictsAtTheSecondErrorThatTheProcessSurvives() throws Exception {
    for (int failure = 0; failure < 2; failure++) {
      try (Suspects suspects = Suspects.open(temporary, JOB)) {
        assertThat(suspects.convicts(at(5))).isFalse();
        try (Suspects.Hand hand = suspects.take(new long[] {Suspects.id(at(5))})) {
          hand.failed(new IllegalStateException(new OutOfMemoryError("Java heap space")));
        }
        Suspects.Step step = suspects.step();
        step.begin(at(6));
        step.failed(new LinkageError("nothing that a record does"));
        step.end();
      }
    }
    try (Suspects after = Suspects.open(temporary, JOB)) {
      assertThat(after.convicts(at(5))).isTrue();
      assertThat(after.suspects(at(6))).isFalse();
    }
  }

  @Test
  void anEndInGoodOrderLeavesNothing() throws Exception {
    try (Suspects suspects = Suspects.open(temporary, JOB)) {
      suspects.take(new long[] {1});
      suspects.step().begin(at(1));
    }
    try (Stream<Path> left = Files.walk(temporary).filter(Files::isRegularFile)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void forgetsAfterAnHour() throws Exception {
    die(1);
    try (Stream<Path> left = Files.walk(temporary).filter(Files::isRegularFile)) {
      Instant earlier = Instant.now().minus(Duration.ofHours(2));
      for (Path file : left.toList()) {
        Files.setLastModifiedTime(file, FileTime.from(earlier));
      }
    }
    try (Suspects after = Suspects.open(temporary, JOB)) {
      assertThat(after.isEmpty()).isTrue();
    }
  }

  @Test
  void suspectsNobodyWhereThereIsNoDisk() throws Exception {
    Path file = Files.createFile(temporary.resolve("file"));
    try (Suspects suspects = Suspects.open(file, JOB);
        Suspects.Hand hand = suspects.take(new long[] {1})) {
      hand.failed(new OutOfMemoryError());
      suspects.step().begin(at(1));
      assertThat(suspects.isEmpty()).isTrue();
    }
  }

  private long die(long... offsets) throws IOException, InterruptedException {
    List<String> command =
        Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Mortal.class.getName(),
                    temporary.toString()),
                Arrays.stream(offsets).mapToObj(Long::toString))
            .toList();
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).isEqualTo(137);
    return process.pid();
  }

  private static Coordinates at(long offset) {
    return Coordinates.newBuilder().setTopic("prompts").setPartition(1).setOffset(offset).build();
  }
}
