package org.openautoglm.operators.preparation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.ProcessFaults;
import org.openautoglm.operators.inference.RefusedInputException;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.Tokens;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.InputKind;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.Error;
import org.openautoglm.schemas.wire.Message;
import org.openautoglm.schemas.wire.Settle;

class PreparationTest {
  /** A token for each character; texts over five are too long. */
  private static final RowPreparer CHARACTERS =
      new RowPreparer() {
        @Override
        public int[] prepare(String text) throws RefusedInputException {
          if (text.length() > 5) {
            throw new RefusedInputException(FailureCode.PROMPT_TOO_LONG, "has too many tokens");
          }
          return text.chars().toArray();
        }

        @Override
        public int[] prepare(Conversation conversation) {
          return new int[] {-conversation.getMessagesCount()};
        }

        @Override
        public void close() {}
      };

  private final PreparedPrompt.Builder rows = PreparedPrompt.newBuilder();

  @Test
  void makesARowOfEachInputInOrder() {
    Prompt.Builder prompt = Prompt.newBuilder();
    prompt.getRequestBuilder().addInputs("ab").addInputs("").addConversations(turns(3));
    assertThat(Preparation.addRows(prompt.build(), CHARACTERS, rows)).isNull();
    assertThat(rows.getRowsList()).extracting(row -> row.getIndex()).containsExactly(0, 1, 2);
    assertThat(Tokens.unpack(rows.getRows(0).getTokens())).containsExactly(97, 98);
    assertThat(rows.getRows(1).getTokens()).isEmpty();
    assertThat(Tokens.unpack(rows.getRows(2).getTokens())).containsExactly(-3);
  }

  @Test
  void keepsTheOrderOfMixedInputs() {
    Prompt.Builder prompt = Prompt.newBuilder();
    prompt.getRequestBuilder().addInputs("a").addInputs("b").addConversations(turns(2));
    prompt
        .addInputOrder(InputKind.TEXT)
        .addInputOrder(InputKind.CONVERSATION)
        .addInputOrder(InputKind.TEXT);
    assertThat(Preparation.addRows(prompt.build(), CHARACTERS, rows)).isNull();
    assertThat(rows.getRowsList())
        .extracting(row -> Tokens.unpack(row.getTokens())[0])
        .containsExactly(97, -2, 98);
  }

  @Test
  void whatJavaCodeThrowsIsThatInputsOwn() {
    for (Throwable thrown :
        List.of(new IllegalStateException("broken"), new StackOverflowError())) {
      rows.clear();
      Prompt.Builder prompt = Prompt.newBuilder();
      prompt.getRequestBuilder().addInputs("fine").addInputs("!").setSettle(Settle.ALL_SETTLED);
      assertThat(Preparation.addRows(prompt.build(), throwing(thrown), rows)).isNull();
      assertThat(rows.getRows(0).hasError()).isFalse();
      assertThat(rows.getRows(1).getError().getCode()).isEqualTo("INTERNAL");
      assertThat(rows.getRows(1).getError().getMessage())
          .contains("input 1", thrown.getClass().getSimpleName());
    }
  }

  @Test
  void aFaultOfTheProcessIsNoInputsOwn() {
    Prompt.Builder prompt = Prompt.newBuilder();
    prompt.getRequestBuilder().addInputs("!");
    RowPreparer preparer = throwing(new IllegalStateException(new LinkageError("no such class")));
    assertThatThrownBy(() -> Preparation.addRows(prompt.build(), preparer, rows))
        .hasRootCauseMessage("no such class");
  }

  /** Throws at an exclamation mark. */
  private static RowPreparer throwing(Throwable thrown) {
    return new RowPreparer() {
      @Override
      public int[] prepare(String text) throws RefusedInputException {
        return text.equals("!") ? fail() : CHARACTERS.prepare(text);
      }

      @Override
      public int[] prepare(Conversation conversation) {
        return fail();
      }

      private int[] fail() {
        throw ProcessFaults.rethrown(thrown);
      }

      @Override
      public void close() {}
    };
  }

  @Test
  void oneBadInputRefusesARequestThatSettlesAllOrNone() {
    Prompt.Builder prompt = Prompt.newBuilder();
    prompt.getRequestBuilder().addInputs("fine").addInputs("too long").setSettle(Settle.ALL);
    Error error = Preparation.addRows(prompt.build(), CHARACTERS, rows);
    assertThat(error.getCode()).isEqualTo("PROMPT_TOO_LONG");
    assertThat(error.getMessage()).isEqualTo("input 1 has too many tokens");
  }

  @Test
  void oneBadInputIsARowsErrorWhereAllSettle() {
    Prompt.Builder prompt = Prompt.newBuilder();
    prompt.getRequestBuilder().addInputs("too long").addInputs("ok").setSettle(Settle.ALL_SETTLED);
    assertThat(Preparation.addRows(prompt.build(), CHARACTERS, rows)).isNull();
    assertThat(rows.getRows(0).getError().getMessage()).isEqualTo("input 0 has too many tokens");
    assertThat(rows.getRows(1).hasError()).isFalse();
  }

  @Test
  void onlyBadInputsRefuseTheRequest() {
    Prompt.Builder prompt = Prompt.newBuilder();
    prompt
        .getRequestBuilder()
        .addInputs("too long")
        .addInputs("so is this")
        .setSettle(Settle.ALL_SETTLED);
    assertThat(Preparation.addRows(prompt.build(), CHARACTERS, rows).getMessage())
        .startsWith("input 0");
  }

  private static Conversation turns(int count) {
    Conversation.Builder conversation = Conversation.newBuilder();
    for (int i = 0; i < count; i++) {
      conversation.addMessages(Message.newBuilder().setRole("user").setContent("嗨"));
    }
    return conversation.build();
  }
}
