package org.openautoglm.operators.inference.generation;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.openautoglm.operators.inference.DeviceUnavailableException;
import org.openautoglm.operators.inference.generation.text.Detokenizer;

/**
 * The running batch of one decoder (continuous batching, Yu et al., Orca, 2022). Rows join and
 * leave between tokens; {@link #step} is all there is to it: those that nobody waits for leave,
 * some prompt tokens are read, the rows close ranks, and every row that has been read gets one
 * token.
 *
 * <p>It promises that each row that joins leaves exactly once, answered or failed, that its slot is
 * free then, and that its tokens depend on its request alone. A call of the decoder that fails is
 * made again with half of its rows, until the row that cannot run stands alone and fails alone.
 *
 * <p>Not thread-safe, and without a thread of its own: see {@link Generations}.
 */
final class ContinuousBatch {
  private final Decoder decoder;
  private final Detokenizer detokenizer;
  private final LongSupplier nanoClock;
  private final GenerationCounters counters;
  private final Consumer<Row> left;
  private final Slots slots;
  private final Prefill prefill;
  private final Ranks ranks;
  private final NextToken nextToken;
  private final Row[] members;
  private final int[] memberSlots;
  private final int[] memberTokens;
  private int tooLongInARow;

  /**
   * @param nanoClock what requests' deadlines are measured on
   * @param counters may be shared with other batches
   * @param left learns of each row that has left, after its answer was given
   */
  ContinuousBatch(
      Decoder decoder,
      GenerationModel model,
      GenerationSettings settings,
      LongSupplier nanoClock,
      GenerationCounters counters,
      Consumer<Row> left) {
    this.decoder = decoder;
    this.detokenizer = model.detokenizer();
    this.nanoClock = nanoClock;
    this.counters = counters;
    this.left = left;
    int size = decoder.cache().slots();
    this.slots = new Slots(size);
    this.prefill = new Prefill(decoder, settings.prefillTokensMax());
    this.ranks = new Ranks(decoder, slots, counters);
    this.nextToken = new NextToken(decoder.vocabulary(), model);
    this.members = new Row[size];
    this.memberSlots = new int[size];
    this.memberTokens = new int[size];
  }

  /** Rows that may join now. */
  int free() {
    return slots.free();
  }

  boolean isIdle() {
    return slots.used() == 0;
  }

  /** Gives a row a slot; there must be a free one. Its prompt is read in one of the next steps. */
  void join(Row row) {
    int slot = slots.lowestFree();
    slots.put(slot, row);
    row.slot = slot;
    try {
      row.join(decoder, detokenizer);
      prefill.add(row);
    } catch (RuntimeException | StackOverflowError | AssertionError e) {
      // Tokens that the vocabulary does not have, for one.
      fail(row, e);
    }
  }

  /** Adds a token to every row whose prompt has been read. */
  void step() {
    dismiss();
    readPrompts();
    ranks.close();
    decode();
  }

  /** Fails all rows, when the batch goes on no longer. */
  void failAll(Throwable failure) {
    for (int slot = 0; slot < slots.size(); slot++) {
      Row row = slots.at(slot);
      if (row != null) {
        slots.clear(slot);
        row.fail(failure);
        left.accept(row);
      }
    }
  }

  private void dismiss() {
    long now = nanoClock.getAsLong();
    for (int slot = 0; slot < slots.size(); slot++) {
      Row row = slots.at(slot);
      if (row != null && row.isAbandoned()) {
        counters.cancelled.increment();
        leave(row, () -> row.fail(new CancellationException()));
      } else if (row != null && row.isLate(now)) {
        counters.late.increment();
        leave(row, () -> row.fail(new DeadlineExceededException(row.count())));
      }
    }
  }

  private void readPrompts() {
    prefill.begin();
    for (List<Row> group = prefill.next(); !group.isEmpty(); group = prefill.next()) {
      read(group);
    }
  }

  private void read(List<Row> group) {
    List<PromptChunk> chunks = new ArrayList<>(group.size());
    group.forEach(row -> chunks.add(prefill.chunk(row)));
    FloatBuffer logits;
    try {
      logits = decoder.prefill(chunks);
    } catch (Exception e) {
      if (group.size() == 1 || isHopeless(e)) {
        List.copyOf(group).forEach(row -> fail(row, e));
      } else {
        int half = group.size() / 2;
        read(group.subList(0, half));
        read(group.subList(half, group.size()));
      }
      return;
    }
    tooLongInARow = 0;
    counters.prefills.increment();
    for (int i = 0; i < chunks.size(); i++) {
      Row row = group.get(i);
      row.hasRead(chunks.get(i));
      counters.promptTokens.add(chunks.get(i).length());
      if (chunks.get(i).isLast()) {
        choose(row, logits, i);
      } else {
        prefill.add(row);
      }
    }
  }

  private void decode() {
    int count = 0;
    for (int slot = 0; slot < slots.size(); slot++) {
      Row row = slots.at(slot);
      if (row != null && row.unread() == 0) {
        members[count++] = row;
      }
    }
    if (count > 0) {
      decode(members, count);
      Arrays.fill(members, 0, count, null);
    }
  }

  private void decode(Row[] rows, int count) {
    for (int i = 0; i < count; i++) {
      memberSlots[i] = rows[i].slot;
      memberTokens[i] = rows[i].lastToken();
    }
    FloatBuffer logits;
    try {
      logits = decoder.step(count, memberSlots, memberTokens);
    } catch (Exception e) {
      if (count == 1 || isHopeless(e)) {
        for (int i = 0; i < count; i++) {
          fail(rows[i], e);
        }
      } else {
        int half = count / 2;
        decode(Arrays.copyOfRange(rows, 0, half), half);
        decode(Arrays.copyOfRange(rows, half, count), count - half);
      }
      return;
    }
    tooLongInARow = 0;
    counters.steps.increment();
    counters.stepRows.add(count);
    counters.stepSpan.add(memberSlots[count - 1] - memberSlots[0] + 1L);
    for (int i = 0; i < count; i++) {
      choose(rows[i], logits, i);
    }
  }

  /**
   * Whether it is the device that does not answer, and not one row that keeps it from it: more
   * calls in a row took too long than it takes to find a row.
   */
  private boolean isHopeless(Exception failure) {
    int halvings = Integer.SIZE - Integer.numberOfLeadingZeros(slots.size() - 1);
    return failure instanceof DeviceUnavailableException && ++tooLongInARow > halvings + 1;
  }

  private void choose(Row row, FloatBuffer logits, int at) {
    try {
      // Before the answer is counted, since making its text may fail.
      Generation generation = nextToken.add(row, logits, at);
      if (generation != null) {
        counters.finished.increment();
        leave(row, () -> row.answer.complete(generation));
      }
    } catch (Exception | StackOverflowError | AssertionError e) {
      // A row whose logits or text cannot be read has no neighbours in this.
      fail(row, e);
    }
  }

  private void fail(Row row, Throwable failure) {
    counters.failed.increment();
    leave(row, () -> row.fail(failure));
  }

  /** The slot is free before whoever waits for the answer learns of it. */
  private void leave(Row row, Runnable answer) {
    prefill.remove(row);
    slots.clear(row.slot);
    decoder.release(row.slot);
    answer.run();
    left.accept(row);
  }
}
