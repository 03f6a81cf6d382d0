package org.openautoglm.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openautoglm.jobs.bench.Benchmark;
import org.openautoglm.jobs.bench.Benchmarks;
import picocli.CommandLine.ParameterException;

/** What the documents tell people to type is what the command line takes; nothing is run. */
class DocumentedCommandsTest {
  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  private static final List<String> DOCUMENTS =
      List.of("README.md", "deploy/RUNBOOK.md", "deploy/observability/README.md");

  /** Up to the end of the line, or of the words in backticks. */
  private static final Pattern COMMAND = Pattern.compile("\\./autoglm( [^`\\n]*|(?=`))");

  /** A word of a shell's, what ends its command, or a comment. */
  private static final Pattern WORD =
      Pattern.compile("\"([^\"]*)\"|'([^']*)'|(#.*|[|&;<>].*)|([^\\s|&;<>]+)");

  static Stream<String> commands() throws Exception {
    List<String> commands = new ArrayList<>();
    for (String document : DOCUMENTS) {
      Matcher command = COMMAND.matcher(Files.readString(ROOT.resolve(document)));
      while (command.find()) {
        commands.add(command.group(1).strip());
      }
    }
    return commands.stream().distinct();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void isTaken(String command) {
    assertThatCode(() -> parse(command)).as("./autoglm %s", command).doesNotThrowAnyException();
    if (command.startsWith("bench ")) {
      List<String> known = Benchmarks.all().stream().map(Benchmark::name).toList();
      List<String> names = words(command).stream().skip(1).filter(w -> !w.startsWith("-")).toList();
      assertThat(known).containsAll(names);
    }
  }

  @Test
  void everyCommandIsDocumented() throws Exception {
    List<String> first =
        commands().map(DocumentedCommandsTest::words).map(w -> String.join(" ", w)).toList();
    List<String> missing = new ArrayList<>();
    Autoglm.commandLine((env, job) -> {}, new Interruption())
        .getSubcommands()
        .keySet()
        .forEach(
            name -> {
              if (first.stream().noneMatch(words -> (words + " ").startsWith(name + " "))) {
                missing.add(name);
              }
            });
    assertThat(missing).isEmpty();
  }

  @Test
  void whatTheCommandLineDoesNotKnowIsFound() {
    for (String wrong :
        List.of("submit --confg f", "submitt", "cluster begin", "cancel a b", "bench --nothing")) {
      assertThatThrownBy(() -> parse(wrong)).as(wrong).isInstanceOf(ParameterException.class);
    }
    assertThat(words("publish --model m \"深度 学习\" 't' | grep x # as said"))
        .containsExactly("publish", "--model", "m", "深度 学习", "t");
  }

  private static void parse(String command) {
    Autoglm.commandLine((env, job) -> {}, new Interruption())
        .parseArgs(words(command).toArray(String[]::new));
  }

  private static List<String> words(String command) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(command);
    while (word.find() && word.group(3) == null) {
      words.add(
          word.group(1) != null
              ? word.group(1)
              : word.group(2) != null ? word.group(2) : word.group(4));
    }
    return words;
  }
}
