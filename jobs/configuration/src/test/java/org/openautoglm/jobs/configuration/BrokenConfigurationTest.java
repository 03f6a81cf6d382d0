package org.openautoglm.jobs.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Broken files with all their problems, from {@code broken.txt}: exactly these are reported, each
 * with its line and path, in the order of the file.
 */
class BrokenConfigurationTest {
  private static final String MODEL =
      """
      models:
        - model_name: a
          task_type: embedding
          path: b
      """;

  @TestFactory
  Stream<DynamicTest> everyProblemIsReported() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (String part : corpus().split("(?m)^=== ", -1)) {
      if (!part.isBlank()) {
        tests.add(test(part));
      }
    }
    assertThat(tests).hasSizeGreaterThan(40);
    return tests.stream();
  }

  private static DynamicTest test(String part) {
    int name = part.indexOf('\n');
    int split = part.indexOf("--- \n");
    String yaml =
        part.substring(name + 1, split).replace("<model>\n", MODEL).replace("<next>", "---");
    List<String> expected =
        part.substring(split + "--- \n".length()).lines().filter(line -> !line.isBlank()).toList();
    return dynamicTest(part.substring(0, name), () -> check(yaml, expected));
  }

  private static void check(String yaml, List<String> expected) {
    ConfigurationException thrown =
        catchThrowableOfType(
            ConfigurationException.class,
            () -> ConfigurationFile.parse(yaml, Map.of("EMPTY", "", "TEXT", "text")));
    assertThat(thrown).as("accepted").isNotNull();
    List<Problem> problems = thrown.problems();
    assertThat(problems).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      String line = expected.get(i);
      int space = line.indexOf(' ');
      int colon = line.indexOf(": ");
      Problem problem = problems.get(i);
      assertThat(problem.line()).as("line of %s", problem).isEqualTo(intOf(line, space));
      assertThat(problem.path()).isEqualTo(line.substring(space + 1, colon).strip());
      assertThat(problem.message()).contains(line.substring(colon + 2));
    }
  }

  private static int intOf(String line, int end) {
    return Integer.parseInt(line.substring(0, end));
  }

  private static String corpus() throws IOException {
    try (InputStream resource = BrokenConfigurationTest.class.getResourceAsStream("broken.txt")) {
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
