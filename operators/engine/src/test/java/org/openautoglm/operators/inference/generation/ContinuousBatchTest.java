package org.openautoglm.operators.inference.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.generation.sampling.NotFiniteException;
import org.openautoglm.operators.inference.generation.sampling.SamplingSettings;

class ContinuousBatchTest {
  private static final int END = 0;

  private final GenerationCounters counters = new GenerationCounters();
  private final List<Row> left = new ArrayList<>();
  private long now;

  @Test
  void aShortAnswerLeavesBeforeItsLongNeighbourAndAnotherTakesItsSlot() {
    ScriptedDecoder decoder = counting(2);
    ContinuousBatch batch = batch(decoder, 64);
    Row longRow = join(batch, 50, 1);
    Row shortRow = join(batch, 3, 1);
    step(batch, 2);
    assertThat(left).containsExactly(shortRow);
    Row third = join(batch, 1, 1);
    step(batch, 1);
    assertThat(left).containsExactly(shortRow, third);
    step(batch, 47);
    assertThat(left).containsExactly(shortRow, third, longRow);
    assertThat(batch.isIdle()).isTrue();
    assertThat(decoder.used()).isZero();
  }

  @Test
  void countsTheTokenThatEndsAnAnswerAndLeavesItOutOfTheText() throws Exception {
    ScriptedDecoder decoder =
        new ScriptedDecoder(1, 64, 1, false, false, tokens -> tokens.length < 6 ? 66 : END);
    ContinuousBatch batch = batch(decoder, 64);
    Row row = join(batch, 50, 1, 2, 3);
    step(batch, 5);
    Generation answer = row.answer.get();
    assertThat(answer.text()).isEqualTo("BBB");
    assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(answer.promptTokens()).isEqualTo(3);
    assertThat(answer.completionTokens()).isEqualTo(4);
  }

  @Test
  void aSlotThatIsFullEndsTheAnswerByLength() throws Exception {
    ContinuousBatch batch = batch(new ScriptedDecoder(1, 8, 1, false, false, tokens -> 66), 64);
    Row row = join(batch, 50, 1, 2, 3);
    step(batch, 6);
    assertThat(row.answer.get().text()).isEqualTo("BBBBB");
    assertThat(row.answer.get().finishReason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void aStopStringEndsTheAnswerAcrossTokens() throws Exception {
    ContinuousBatch batch =
        batch(new ScriptedDecoder(1, 64, 1, false, false, tokens -> 65 + tokens.length), 64);
    Row row = new Row(new GenerationRequest(prompt(1), 20, greedy(), List.of("DE", "CDX"), none()));
    batch.join(row);
    step(batch, 5);
    assertThat(row.answer.get().text()).isEqualTo("BC");
    assertThat(row.answer.get().finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(row.answer.get().completionTokens()).isEqualTo(4);
  }

  @Test
  void readsNoMoreThanItsBudgetBetweenSteps() {
    ScriptedDecoder decoder = new ScriptedDecoder(8, 64, 8, true, false, tokens -> 66);
    ContinuousBatch batch = batch(decoder, 12);
    join(batch, 20, 1, 1);
    step(batch, 1);
    decoder.calls.clear();
    join(batch, 20, IntStream.range(1, 31).toArray());
    join(batch, 20, 1, 1, 1);
    join(batch, 20, 1, 1, 1, 1);
    join(batch, 20, 1, 1, 1, 1, 1);
    step(batch, 5);
    // The long prompt takes turns with the short ones; three of them would not fit as 3 x 5.
    assertThat(decoder.calls)
        .containsExactly("p1x12", "s1", "p2x4", "s3", "p1x5", "s4", "p1x12", "s4", "p1x6", "s5");
  }

  @Test
  void readsALongPromptWholeWhereTheDecoderCannotCutIt() {
    ScriptedDecoder decoder = new ScriptedDecoder(2, 64, 8, false, false, tokens -> 66);
    ContinuousBatch batch = batch(decoder, 4);
    join(batch, 20, IntStream.range(1, 31).toArray());
    join(batch, 20, 1);
    step(batch, 2);
    assertThat(decoder.calls).containsExactly("p1x30", "s1", "p1x1", "s2");
  }

  @Test
  void closesRanksWhereTheDecoderMovesRows() {
    ScriptedDecoder decoder = new ScriptedDecoder(4, 64, 4, false, true, tokens -> 66);
    ContinuousBatch batch = batch(decoder, 64);
    join(batch, 2, 1);
    Row second = join(batch, 20, 1);
    join(batch, 2, 1);
    Row fourth = join(batch, 20, 1);
    step(batch, 1);
    step(batch, 1);
    assertThat(fourth.slot).isZero();
    assertThat(second.slot).isEqualTo(1);
    step(batch, 3);
    assertThat(counters.moves()).isEqualTo(1);
    assertThat(counters.stepSpan() - counters.stepRows()).isZero();
  }

  @Test
  void aDeadlineEndsAnAnswerBetweenTokensAndFreesItsSlot() {
    ScriptedDecoder decoder = counting(2);
    ContinuousBatch batch = batch(decoder, 64);
    Row late = new Row(new GenerationRequest(prompt(1), 50, greedy(), List.of(), 100));
    batch.join(late);
    Row other = join(batch, 50, 1);
    step(batch, 3);
    now = 100;
    step(batch, 1);
    assertThatThrownBy(late.answer::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(DeadlineExceededException.class)
        .hasMessageContaining("after 4 tokens");
    assertThat(batch.free()).isEqualTo(1);
    assertThat(decoder.used()).isEqualTo(1);
    assertThat(other.answer).isNotDone();
    assertThat(counters.late()).isEqualTo(1);
  }

  @Test
  void whoeverCancelsAnAnswerFreesItsSlot() {
    ScriptedDecoder decoder = counting(2);
    ContinuousBatch batch = batch(decoder, 64);
    Row row = join(batch, 50, 1);
    step(batch, 3);
    row.answer.cancel(false);
    step(batch, 1);
    assertThat(batch.isIdle()).isTrue();
    assertThat(decoder.used()).isZero();
    assertThatThrownBy(row.answer::get).isInstanceOf(CancellationException.class);
  }

  @Test
  void aRowThatCannotRunFailsAlone() throws Exception {
    for (int bad = 0; bad < 5; bad++) {
      ScriptedDecoder decoder = counting(5);
      decoder.poison = 55;
      ContinuousBatch batch = batch(decoder, 64);
      List<Row> rows = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        rows.add(join(batch, 4, i == bad ? 55 : 1, i + 2));
      }
      step(batch, 4);
      for (int i = 0; i < 5; i++) {
        if (i == bad) {
          assertThatThrownBy(rows.get(i).answer::get)
              .hasCauseInstanceOf(ScriptedDecoder.PoisonException.class);
        } else {
          assertThat(rows.get(i).answer.get().completionTokens()).isEqualTo(4);
        }
      }
      assertThat(decoder.used()).isZero();
    }
  }

  @Test
  void aRowThatTurnsBadWhileItIsDecodedFailsAlone() throws Exception {
    // The row of prompt 20 reaches 25 after five tokens.
    ScriptedDecoder decoder =
        new ScriptedDecoder(3, 64, 3, false, false, tokens -> tokens[tokens.length - 1] + 1);
    decoder.poison = 25;
    ContinuousBatch batch = batch(decoder, 64);
    Row first = join(batch, 10, 40);
    Row bad = join(batch, 10, 20);
    Row third = join(batch, 10, 60);
    step(batch, 10);
    assertThat(first.answer.get().tokens()).startsWith(41, 42).hasSize(10);
    assertThat(third.answer.get().tokens()).startsWith(61, 62).hasSize(10);
    assertThatThrownBy(bad.answer::get).hasCauseInstanceOf(ScriptedDecoder.PoisonException.class);
  }

  @Test
  void aRowWithoutFiniteLogitsFailsAlone() throws Exception {
    ScriptedDecoder decoder = counting(2);
    decoder.blurred = 55;
    ContinuousBatch batch = batch(decoder, 64);
    Row bad = join(batch, 4, 55);
    Row good = join(batch, 4, 1);
    step(batch, 4);
    assertThatThrownBy(bad.answer::get).hasCauseInstanceOf(NotFiniteException.class);
    assertThat(good.answer.get().completionTokens()).isEqualTo(4);
    assertThat(decoder.used()).isZero();
  }

  @Test
  void aTokenBeyondTheVocabularyFailsItsRowAlone() throws Exception {
    ScriptedDecoder decoder = counting(2);
    ContinuousBatch batch = batch(decoder, 64);
    SamplingSettings penalized = new SamplingSettings(0, 0, 1, 1.5f, 0);
    Row bad = new Row(new GenerationRequest(prompt(5_000), 4, penalized, List.of(), none()));
    batch.join(bad);
    Row good = join(batch, 4, 1);
    step(batch, 4);
    assertThat(bad.answer).isCompletedExceptionally();
    assertThat(good.answer.get().completionTokens()).isEqualTo(4);
    assertThat(batch.free()).isEqualTo(2);
  }

  private ScriptedDecoder counting(int slots) {
    return new ScriptedDecoder(slots, 64, slots, false, false, tokens -> 1 + tokens.length % 50);
  }

  private ContinuousBatch batch(ScriptedDecoder decoder, int prefillTokensMax) {
    GenerationModel model = new GenerationModel(List.of(END), ContinuousBatchTest::letters);
    GenerationSettings settings = new GenerationSettings(prefillTokensMax, 0);
    return new ContinuousBatch(decoder, model, settings, () -> now, counters, left::add);
  }

  private Row join(ContinuousBatch batch, int maxNewTokens, int... prompt) {
    Row row = new Row(new GenerationRequest(prompt, maxNewTokens, greedy(), List.of(), none()));
    batch.join(row);
    return row;
  }

  static String letters(int[] tokens, int start, int end) {
    StringBuilder text = new StringBuilder();
    for (int i = start; i < end; i++) {
      text.append((char) tokens[i]);
    }
    return text.toString();
  }

  private static void step(ContinuousBatch batch, int times) {
    for (int i = 0; i < times; i++) {
      batch.step();
    }
  }

  private static int[] prompt(int... tokens) {
    return tokens;
  }

  private static SamplingSettings greedy() {
    return SamplingSettings.GREEDY;
  }

  private static long none() {
    return GenerationRequest.NO_DEADLINE;
  }
}
