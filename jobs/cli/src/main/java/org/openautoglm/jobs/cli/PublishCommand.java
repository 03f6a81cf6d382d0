package org.openautoglm.jobs.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code publish --model M [--bootstrap B] [--file F.jsonl] [TEXT…]}. */
@Command(
    name = "publish",
    header = "Publish prompts",
    description = {
      "Publishes prompts: each TEXT, or each line of a file, is one request. Prints the id of each",
      "request, one a line, once the broker has it.",
      "A line is a request as JSON, a JSON string, or plain text; empty lines are skipped."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  autoglm publish --model bge-small-zh 今天天气真好",
      "  autoglm publish --model bge-small-zh --file prompts.jsonl",
      "  cat texts.txt | autoglm publish --model bge-small-zh --file -"
    })
final class PublishCommand implements Callable<Integer> {
  private final Interruption interruption;

  @Spec private CommandSpec spec;
  @Mixin private BrokerOptions broker;

  @Option(
      names = "--model",
      paramLabel = "M",
      description = "the model that answers; requests in a file may name their own")
  private Optional<String> model;

  @Option(
      names = "--topic",
      paramLabel = "T",
      defaultValue = "autoglm.prompts",
      description = "the prompts topic; ${DEFAULT-VALUE} unless given")
  private String topic;

  @Option(
      names = "--file",
      paramLabel = "F.jsonl",
      description = "one prompt a line, UTF-8; - is standard input")
  private Optional<String> file;

  @Parameters(paramLabel = "TEXT", arity = "0..*", description = "prompts")
  private List<String> texts = List.of();

  PublishCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException {
    if (texts.isEmpty() == file.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "give texts or --file" + (texts.isEmpty() ? "" : ", not both"));
    }
    if (file.isPresent() && Files.isDirectory(Path.of(file.get()))) {
      throw new IOException(file.get() + " is a directory");
    }
    if (!texts.isEmpty() && model.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "a text needs a model; give --model");
    }
    try (Publisher publisher =
        new Publisher(broker, topic, spec.commandLine().getOut(), spec.commandLine().getErr())) {
      if (file.isPresent()) {
        publishFile(publisher, file.get());
      } else {
        for (String text : texts) {
          publisher.publish(PromptLine.ofText(text, model.get()));
        }
      }
      publisher.finish();
      return interruption.isRequested() ? 1 : 0;
    }
  }

  private void publishFile(Publisher publisher, String name) throws IOException {
    int number = 1;
    try (InputStream bytes = name.equals("-") ? System.in : Files.newInputStream(Path.of(name));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder()))) {
      for (String line = lines.readLine();
          line != null && !interruption.isRequested();
          line = lines.readLine()) {
        if (!line.isBlank()) {
          publishLine(publisher, line, name, number);
        }
        number++;
      }
    } catch (NoSuchFileException e) {
      throw new IOException(name + " does not exist", e);
    } catch (CharacterCodingException e) {
      // What was read before stays published, and its ids are printed.
      publisher.finish();
      throw new IOException(name + " is not UTF-8 text, in line " + number + " or after it", e);
    }
  }

  private void publishLine(Publisher publisher, String line, String name, int number)
      throws IOException {
    PromptLine prompt;
    try {
      // Some editors begin a file with a byte order mark.
      prompt = PromptLine.ofLine(number == 1 ? line.replaceFirst("^\uFEFF", "") : line, model);
    } catch (IOException e) {
      publisher.finish();
      throw new IOException("line " + number + " of " + name + ": " + e.getMessage(), e);
    }
    publisher.publish(prompt);
  }
}
