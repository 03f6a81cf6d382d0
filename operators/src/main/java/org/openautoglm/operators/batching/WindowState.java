package org.openautoglm.operators.batching;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.openautoglm.operators.types.MessageTypeInformation;
import org.openautoglm.schemas.flow.UnfinishedPrompt;

/**
 * The unfinished requests in keyed state, under their batch key, so that they follow it when the
 * job is rescaled. Written only by a snapshot and read only by a restore: between them requests
 * live on the heap, whatever the backend.
 */
final class WindowState {
  private static final String NAME = "unfinished";

  private final KeyedStateBackend<String> backend;
  private final ListState<UnfinishedPrompt> state;
  private final Set<String> written = new HashSet<>();

  WindowState(KeyedStateBackend<String> backend, KeyedStateStore store) {
    this.backend = backend;
    this.state =
        store.getListState(
            new ListStateDescriptor<>(
                NAME, MessageTypeInformation.ofMessage(UnfinishedPrompt.class)));
  }

  /** Hands over every request of the last snapshot, key by key, in the order of their arrival. */
  void restore(Consumer<UnfinishedPrompt> requests) throws Exception {
    List<String> keys;
    try (Stream<String> inState = backend.getKeys(NAME, VoidNamespace.INSTANCE)) {
      keys = inState.toList();
    }
    for (String key : keys) {
      written.add(key);
      backend.setCurrentKey(key);
      state.get().forEach(requests);
    }
  }

  /** Puts what is unfinished now in the place of what was at the last snapshot. */
  void snapshot(Iterable<Window> windows) throws Exception {
    Set<String> stale = new HashSet<>(written);
    written.clear();
    for (Window window : windows) {
      List<UnfinishedPrompt> unfinished = window.unfinished();
      if (!unfinished.isEmpty()) {
        backend.setCurrentKey(window.key());
        state.update(unfinished);
        written.add(window.key());
        stale.remove(window.key());
      }
    }
    for (String key : stale) {
      backend.setCurrentKey(key);
      state.clear();
    }
  }
}
