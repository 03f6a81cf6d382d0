package org.openautoglm.operators.inference.generation;

import java.nio.FloatBuffer;
import java.util.List;
import org.openautoglm.operators.inference.DeviceUnavailableException;
import org.openautoglm.operators.inference.RunWatch;
import org.openautoglm.operators.inference.RunWatch.Watch;

/**
 * A decoder whose calls must not take too long: one that does is told to end, and fails; one that
 * does not end is given up, which its owner learns from the watch's thread. Otherwise belongs to
 * the decoder's thread.
 */
final class SupervisedDecoder implements Decoder, RunWatch.Watched {
  private final Decoder decoder;
  private final Supervision supervision;
  private final String device;
  private final Runnable onGivenUp;

  /**
   * @param decoder owned by this object from now on
   * @param onGivenUp called by the watch's thread; must not block
   */
  SupervisedDecoder(Decoder decoder, Supervision supervision, Runnable onGivenUp) {
    this.decoder = decoder;
    this.supervision = supervision;
    this.device = supervision.health().device();
    this.onGivenUp = onGivenUp;
  }

  private interface Call {
    FloatBuffer make() throws Exception;
  }

  private FloatBuffer supervise(Call call) throws Exception {
    Watch watch = RunWatch.SHARED.begin(supervision.timeoutMs(), this);
    try (watch) {
      FloatBuffer logits = call.make();
      if (!watch.wasGivenUp()) {
        supervision.health().ranWell();
      }
      return logits;
    } catch (Throwable t) {
      if (watch.wasTooLong()) {
        if (!watch.wasGivenUp()) {
          supervision.health().ranTooLong();
        }
        throw DeviceUnavailableException.tooLong(device, supervision.timeoutMs());
      }
      throw t;
    } finally {
      if (watch.wasGivenUp()) {
        supervision.health().cameBack();
      }
    }
  }

  @Override
  public FloatBuffer prefill(List<PromptChunk> chunks) throws Exception {
    return supervise(() -> decoder.prefill(chunks));
  }

  @Override
  public FloatBuffer step(int rows, int[] slots, int[] tokens) throws Exception {
    return supervise(() -> decoder.step(rows, slots, tokens));
  }

  @Override
  public void terminate() {
    decoder.terminate();
  }

  @Override
  public void giveUp() {
    supervision.health().ranTooLong();
    supervision.health().gotStuck();
    onGivenUp.run();
  }

  @Override
  public CachePlan cache() {
    return decoder.cache();
  }

  @Override
  public int vocabulary() {
    return decoder.vocabulary();
  }

  @Override
  public int prefillRowsMax() {
    return decoder.prefillRowsMax();
  }

  @Override
  public boolean readsInChunks() {
    return decoder.readsInChunks();
  }

  @Override
  public void release(int slot) {
    decoder.release(slot);
  }

  @Override
  public boolean move(int from, int to) {
    return decoder.move(from, to);
  }

  @Override
  public void close() {
    decoder.close();
  }
}
