package org.openautoglm.operators.inference.tokenization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.EncoderSpec.Normalization;
import org.openautoglm.operators.inference.EncoderSpec.Pooling;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RefusedInputException;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.inference.model.TinyModel;
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.wire.Conversation;

class TextPreparerTest {
  @TempDir private Path directory;

  @Test
  void takesRowsUpToTheDirectorysLimitAndRefusesLongerOnes() throws Exception {
    try (RowPreparer preparer = open(0, false)) {
      assertThat(preparer.prepare("w3 ".repeat(62))).hasSize(64);
      assertThatThrownBy(() -> preparer.prepare("w3 ".repeat(9_000)))
          .isInstanceOfSatisfying(
              RefusedInputException.class,
              refused -> assertThat(refused.code()).isEqualTo(FailureCode.PROMPT_TOO_LONG))
          .hasMessage("has 9,002 tokens; the limit is 64");
    }
  }

  @Test
  void cutsInsteadWhereTheConfigurationSaysSo() throws Exception {
    try (RowPreparer preparer = open(4, true)) {
      assertThat(preparer.prepare("w3 w4 w5 w6")).containsExactly(0, 3, 4, 1);
    }
  }

  @Test
  void refusesConversations() throws Exception {
    try (RowPreparer preparer = open(0, false)) {
      assertThatThrownBy(() -> preparer.prepare(Conversation.getDefaultInstance()))
          .isInstanceOfSatisfying(
              RefusedInputException.class,
              refused -> assertThat(refused.code()).isEqualTo(FailureCode.INVALID_REQUEST))
          .hasMessageContainingAll("conversation", "model tiny reads texts");
    }
  }

  @Test
  void refusesALimitThatTheGraphDoesNotHave() {
    assertThatThrownBy(() -> open(65, false))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("max_tokens is 65", "64 positions");
  }

  @Test
  void refusesAModelWithoutAnyLimit() {
    assertThatThrownBy(
            () -> {
              new TinyModel().write(directory);
              Files.writeString(directory.resolve("config.json"), "{}");
              TextPreparer.open(spec(0, false), ModelDirectory.open(directory.toString()));
            })
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("set max_tokens");
  }

  private RowPreparer open(int maxTokens, boolean truncate) throws Exception {
    new TinyModel().write(directory);
    return TextPreparer.open(spec(maxTokens, truncate), ModelDirectory.open(directory.toString()));
  }

  private ModelSpec spec(int maxTokens, boolean truncate) {
    ModelSpec spec = TestModels.spec("tiny", TaskType.EMBEDDING, directory);
    return new ModelSpec(
        spec.name(),
        spec.task(),
        spec.path(),
        spec.device(),
        spec.shards(),
        new EncoderSpec(maxTokens, truncate, Pooling.FROM_MODEL, Normalization.FROM_MODEL),
        spec.batching(),
        spec.retry());
  }
}
