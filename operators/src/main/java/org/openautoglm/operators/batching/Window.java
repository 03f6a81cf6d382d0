package org.openautoglm.operators.batching;

import java.util.ArrayList;
import java.util.List;
import org.openautoglm.schemas.flow.UnfinishedPrompt;

/** One batch key: its pool, and its unfinished requests in the order of their arrival. */
final class Window {
  private final String key;
  private final LoadedModel model;
  private final RowPool pool;
  private PendingRequest earliest;
  private PendingRequest latest;

  /** The round of picks in which this window could not run anything; the scheduler's. */
  long passedInRound;

  Window(String key, LoadedModel model) {
    this.key = key;
    this.model = model;
    this.pool = new RowPool(model.spec().batching().maxWaitingRows());
  }

  String key() {
    return key;
  }

  LoadedModel model() {
    return model;
  }

  RowPool pool() {
    return pool;
  }

  void add(PendingRequest request) {
    request.window = this;
    request.earlier = latest;
    if (latest == null) {
      earliest = request;
    } else {
      latest.later = request;
    }
    latest = request;
  }

  void remove(PendingRequest request) {
    if (request.earlier == null) {
      earliest = request.later;
    } else {
      request.earlier.later = request.later;
    }
    if (request.later == null) {
      latest = request.earlier;
    } else {
      request.later.earlier = request.earlier;
    }
    request.earlier = null;
    request.later = null;
  }

  /** What a checkpoint keeps of this window; empty when all is answered. */
  List<UnfinishedPrompt> unfinished() {
    List<UnfinishedPrompt> state = new ArrayList<>();
    for (PendingRequest request = earliest; request != null; request = request.later) {
      state.add(request.unfinished());
    }
    return state;
  }
}
