package org.openautoglm.operators.inference.tokenization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.RefusedInputException;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.inference.model.TinyDecoder;
import org.openautoglm.operators.inference.model.TinyDecoder.Form;
import org.openautoglm.operators.inference.model.TinyDecoderWeights;
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.Message;
import org.openautoglm.schemas.wire.Parameters;

class PromptPreparerTest {
  private static final String TEMPLATE =
      "{{ bos_token + ' ' }}{% for m in messages %}{{ 'w2 ' if m.role == 'user' else 'w3 ' }}"
          + "{{ m.content + ' ' }}{% endfor %}{% if add_generation_prompt %}w4{% endif %}";

  @TempDir private Path directory;

  @Test
  void continuesATextAsItIsWhereThereIsNoTemplate() throws Exception {
    try (PromptPreparer preparer = open()) {
      assertThat(preparer.prepare("w7 w8")).containsExactly(7, 8);
      assertThat(code(() -> preparer.prepare(conversation("user", "w7"))))
          .isEqualTo(FailureCode.INVALID_REQUEST);
    }
  }

  @Test
  void takesATextForAUsersOnlyMessageWhereThereIsATemplate() throws Exception {
    write();
    Files.writeString(directory.resolve("chat_template.jinja"), TEMPLATE);
    Files.writeString(
        directory.resolve("tokenizer_config.json"), "{\"bos_token\": {\"content\": \"w9\"}}");
    try (PromptPreparer preparer = open()) {
      assertThat(preparer.prepare("w7 w8")).containsExactly(9, 2, 7, 8, 4);
      assertThat(preparer.prepare(conversation("user", "w7", "assistant", "w8", "user", "w5")))
          .containsExactly(9, 2, 7, 3, 8, 2, 5, 4);
    }
  }

  @Test
  void takesTheTemplateOfTheTokenizersConfiguration() throws Exception {
    write();
    Files.writeString(
        directory.resolve("tokenizer_config.json"),
        """
        {"bos_token": "w9", "chat_template": [
          {"name": "tool_use", "template": "w1"},
          {"name": "default", "template": "{{ bos_token }} {{ messages[-1].content }}"}]}\
        """);
    try (PromptPreparer preparer = open()) {
      assertThat(preparer.prepare("w7")).containsExactly(9, 7);
    }
  }

  @Test
  void saysThatATemplateDoesNotWork() throws Exception {
    write();
    Files.writeString(directory.resolve("chat_template.jinja"), "{% for m in %}");
    assertThatThrownBy(this::open)
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("chat_template.jinja has a chat template that does not work");
  }

  @Test
  void leavesRoomForTheAnswer() throws Exception {
    String longest = "w5 ".repeat(TinyDecoderWeights.TINY.positions() - 1).strip();
    try (PromptPreparer preparer = open()) {
      assertThat(preparer.prepare(longest)).hasSize(63);
      assertThat(code(() -> preparer.prepare(longest + " w5")))
          .isEqualTo(FailureCode.PROMPT_TOO_LONG);
      Parameters two = Parameters.newBuilder().setMaxNewTokens(2).build();
      RefusedInputException refused =
          catchThrowableOfType(RefusedInputException.class, () -> preparer.prepare(longest, two));
      assertThat(refused.code()).isEqualTo(FailureCode.PROMPT_TOO_LONG);
      assertThat(refused).hasMessageContainingAll("63 tokens", "2 more", "64");
      assertThat(code(() -> preparer.prepare(""))).isEqualTo(FailureCode.INVALID_REQUEST);
    }
  }

  private interface Call {
    void run() throws RefusedInputException;
  }

  private static FailureCode code(Call call) {
    return catchThrowableOfType(RefusedInputException.class, call::run).code();
  }

  private static Conversation conversation(String... rolesAndContents) {
    Conversation.Builder conversation = Conversation.newBuilder();
    for (int i = 0; i < rolesAndContents.length; i += 2) {
      conversation.addMessages(
          Message.newBuilder().setRole(rolesAndContents[i]).setContent(rolesAndContents[i + 1]));
    }
    return conversation.build();
  }

  private void write() throws Exception {
    new TinyDecoder(TinyDecoderWeights.TINY, Form.CANONICAL).write(directory);
  }

  private PromptPreparer open() throws Exception {
    if (!Files.exists(directory.resolve("model.onnx"))) {
      write();
    }
    return PromptPreparer.open(
        TestModels.spec("tiny", TaskType.TEXT_GENERATION, directory),
        ModelDirectory.open(directory.toString()));
  }
}
