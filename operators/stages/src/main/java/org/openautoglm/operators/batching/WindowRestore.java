package org.openautoglm.operators.batching;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.schemas.flow.UnfinishedPrompt;
import org.openautoglm.schemas.flow.WaitingLine;

/**
 * Takes over what the last checkpoint holds: what was on the heap comes to the heap again, what
 * waited in state stays there, and what was of a model that is not configured any more is set
 * aside. Used once, when the operator opens.
 */
final class WindowRestore {
  private final WindowState state;
  private final Windows windows;
  private final LostModels lost;
  private final HeldWatermarks<StreamElement> watermarks;
  private final long nowUs;

  WindowRestore(
      WindowState state,
      Windows windows,
      LostModels lost,
      HeldWatermarks<StreamElement> watermarks,
      long nowUs) {
    this.state = state;
    this.windows = windows;
    this.lost = lost;
    this.watermarks = watermarks;
    this.nowUs = nowUs;
  }

  /**
   * Brings everything back to its window.
   *
   * @return requests of an earlier version whose model is not configured any more
   */
  List<PendingRequest> run() throws ModelLoadException {
    List<String> keys = new ArrayList<>();
    List<WaitingLine> lines = new ArrayList<>();
    state.lines(
        (key, line) -> {
          keys.add(key);
          lines.add(line);
        });
    for (int i = 0; i < keys.size(); i++) {
      restore(keys.get(i), lines.get(i));
    }
    return restoreEarlier();
  }

  private void restore(String key, WaitingLine line) throws ModelLoadException {
    HeldWatermarks.Segment segment = watermarks.enter(line.getHotCount() + line.getPrompts());
    Window window = windows.of(key, line.getModelId());
    if (window == null) {
      lost.restore(key, line, segment);
      return;
    }
    window.restore(line, segment);
    for (long number : line.getHotList()) {
      PendingRequest request =
          PendingRequest.restored(state.get(key, number), windows::nextSequence);
      request.number = number;
      request.writtenToState();
      request.segment = segment;
      windows.restore(request, window, nowUs);
    }
    if (line.getDeadlines()) {
      state.deadlines(key, window.spill()::restoreDeadline);
    }
    windows.restoreSpill(window);
  }

  private List<PendingRequest> restoreEarlier() throws ModelLoadException {
    List<UnfinishedPrompt> unfinished = new ArrayList<>();
    state.takeEarlier(unfinished::add);
    unfinished.sort(Comparator.comparingLong(UnfinishedPrompt::getEnteredUs));
    List<PendingRequest> unknown = new ArrayList<>();
    for (UnfinishedPrompt prompt : unfinished) {
      PendingRequest request = PendingRequest.restored(prompt, windows::nextSequence);
      request.segment = watermarks.enter();
      Window window = windows.of(prompt.getPrompt());
      if (window == null) {
        unknown.add(request);
      } else {
        request.number = window.spill().numberForPool();
        windows.restore(request, window, nowUs);
      }
    }
    return unknown;
  }
}
