package org.openautoglm.jobs.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetainedCheckpointsTest {
  private static final Path EARLIER =
      Path.of("../tests/src/test/resources/savepoints/0.1/_metadata");

  @Test
  void whereNoneIsTheJobsTheNewestAreNamedOneALine(@TempDir Path directory) throws Exception {
    for (int i = 1; i <= 5; i++) {
      Path kept = Files.createDirectory(directory.resolve("savepoint-" + i));
      Path metadata = Files.copy(EARLIER, kept.resolve("_metadata"));
      Files.setLastModifiedTime(metadata, FileTime.fromMillis(i * 1_000_000L));
    }

    IOException thrown =
        catchThrowableOfType(
            IOException.class,
            () -> RetainedCheckpoints.newestOf("b", directory, directory.resolve("none")));

    assertThat(thrown.getMessage().lines())
        .containsExactly(
            "no checkpoint or savepoint of job b was kept in %s or %s; --from-savepoint takes any that is this job's. The newest there are:"
                .formatted(directory, directory.resolve("none")),
            "  " + directory.resolve("savepoint-5") + " without a job's name",
            "  " + directory.resolve("savepoint-4") + " without a job's name",
            "  " + directory.resolve("savepoint-3") + " without a job's name");
  }
}
