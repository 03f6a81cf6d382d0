package org.openautoglm.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "demo",
        "local",
        "broker",
        "cluster",
        "cluster start",
        "cluster status",
        "cluster stop",
        "submit",
        "savepoint",
        "cancel",
        "publish",
        "consume",
        "models",
        "models pull",
        "models list",
        "models inspect",
        "models convert",
        "validate",
        "bench"
      })
  void everyCommandHasHelp(String command) {
    CommandRun run = CommandRun.of((command + " --help").split(" ", -1));
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("Usage: autoglm " + command);
    assertThat(run.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unknown",
        "local --kafka-port x",
        "local --kafka-port 70000",
        "local --ui-port -1",
        "publish",
        "broker --partitions 0",
        "cluster start --taskmanagers 0",
        "cluster start --taskmanagers 65",
        "cluster start --slots 0",
        "submit",
        "submit --config f --resume --from-savepoint s",
        "savepoint a b",
        "publish text",
        "publish --model m --file f t",
        "consume --timeout 5",
        "consume --max 0",
        "validate",
        "models pull",
        "models pull nothing",
        "models convert dir",
        "models convert dir --out o --weights int3",
        "models convert dir --out o --max-perplexity-change 0",
        "bench nothing"
      })
  void misuseIsOneLineAndExitCode2(String command) {
    CommandRun run = CommandRun.of(command.split(" ", -1));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).hasSize(1).allMatch(line -> line.contains("--help"));
  }

  @Test
  void validatePrintsEveryProblem() throws Exception {
    Path file = directory.resolve("job.yaml");
    Files.writeString(file, "models:\n  - {model_name: a, path: b}\ndelivry: x\n");
    CommandRun broken = CommandRun.of("validate", file.toString());
    assertThat(broken.code()).isEqualTo(1);
    assertThat(broken.lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("line 2: models[0].task_type: is missing"),
            line ->
                assertThat(line)
                    .isEqualTo("line 3: delivry: is not an option; did you mean delivery?"));
    assertThat(broken.err()).contains(file + " has 2 problems");

    Files.writeString(file, "models: [{model_name: a, path: b, task_type: embedding}]");
    CommandRun whole = CommandRun.of("validate", file.toString());
    assertThat(whole.code()).isZero();
    assertThat(whole.out()).isEmpty();
    assertThat(whole.err()).contains("is valid: 1 model(s), exactly_once");

    CommandRun missing = CommandRun.of("validate", directory.resolve("none.yaml").toString());
    assertThat(missing.code()).isEqualTo(1);
    assertThat(missing.err().lines()).hasSize(1).allMatch(line -> line.contains("does not exist"));
  }

  @Test
  void inspectSaysWhatIsMissing() {
    CommandRun run = CommandRun.of("models", "inspect", directory.toString());
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("tokenizer.json");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void localLooksAtItsModelsBeforeItStarts() throws Exception {
    Path file = directory.resolve("job.yaml");
    Files.writeString(
        file,
        "models: [{model_name: a, path: "
            + directory.resolve("nothing")
            + ", task_type: embedding}]");
    CommandRun run = CommandRun.of("local", "--config", file.toString(), "--kafka-port", "0");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("model a: ").contains("nothing");
  }

  @Test
  void aFileThatIsInTheWayIsNamedWithTheReason() throws Exception {
    Path inTheWay = Files.createFile(directory.resolve("data"));
    Path file = directory.resolve("job.yaml");
    Files.writeString(file, "models: [{model_name: a, path: b, task_type: embedding}]");
    CommandRun run =
        CommandRun.of("local", "--config", file.toString(), "--data", inTheWay.toString());
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains(inTheWay + " is there already, and is not a directory");
  }
}
