package org.openautoglm.operators.batching;

import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.openautoglm.operators.types.MessageTypeInformation;
import org.openautoglm.schemas.flow.UnfinishedPrompt;
import org.openautoglm.schemas.flow.WaitingLine;

/**
 * Unfinished prompts in keyed state, under their batch key, so that they follow it when the job is
 * rescaled: the prompts, each under its number, and for each key one message that says which there
 * are. Task thread.
 *
 * <p>Prompts are written when they are spilled, or by a snapshot that finds them unfinished and
 * changed; what a snapshot copies is therefore what is new. Earlier versions wrote one list for
 * each key, which is read once.
 */
final class WindowState implements PromptStore {
  private static final String LIST_OF_EARLIER_VERSIONS = "unfinished";
  private static final String LINE = "waiting-line";

  private final KeyedStateBackend<String> backend;
  private final ListState<UnfinishedPrompt> list;
  private final MapState<Long, UnfinishedPrompt> prompts;
  private final ValueState<WaitingLine> line;

  WindowState(KeyedStateBackend<String> backend, KeyedStateStore store) {
    MessageTypeInformation<UnfinishedPrompt> prompt =
        MessageTypeInformation.ofMessage(UnfinishedPrompt.class);
    this.backend = backend;
    this.list = store.getListState(new ListStateDescriptor<>(LIST_OF_EARLIER_VERSIONS, prompt));
    this.prompts =
        store.getMapState(new MapStateDescriptor<>("waiting-prompts", Types.LONG, prompt));
    this.line =
        store.getState(
            new ValueStateDescriptor<>(LINE, MessageTypeInformation.ofMessage(WaitingLine.class)));
  }

  /** Hands over what the last snapshot said of each key. */
  void lines(BiConsumer<String, WaitingLine> each) {
    for (String key : keys(LINE)) {
      each.accept(key, on(key, line::value));
    }
  }

  /** Hands over every request of an earlier version, and forgets it. */
  void takeEarlier(Consumer<UnfinishedPrompt> each) {
    for (String key : keys(LIST_OF_EARLIER_VERSIONS)) {
      on(key, list::get).forEach(each);
      on(
          key,
          () -> {
            list.clear();
            return null;
          });
    }
  }

  private List<String> keys(String state) {
    try (Stream<String> inState = backend.getKeys(state, VoidNamespace.INSTANCE)) {
      return inState.toList();
    }
  }

  /** Hands over the deadline of every prompt of a key. */
  void deadlines(String key, BiConsumer<Long, Long> each) {
    for (Map.Entry<Long, UnfinishedPrompt> entry : on(key, prompts::entries)) {
      each.accept(entry.getKey(), entry.getValue().getPrompt().getDeadlineUs());
    }
  }

  @Override
  public void putLine(String key, WaitingLine present) {
    on(
        key,
        () -> {
          line.update(present);
          return null;
        });
  }

  @Override
  public void put(String key, long number, UnfinishedPrompt prompt) {
    on(
        key,
        () -> {
          prompts.put(number, prompt);
          return null;
        });
  }

  @Override
  public UnfinishedPrompt get(String key, long number) {
    return on(key, () -> prompts.get(number));
  }

  @Override
  public void remove(String key, long number) {
    on(
        key,
        () -> {
          prompts.remove(number);
          return null;
        });
  }

  @FunctionalInterface
  private interface Access<T> {
    T run() throws Exception;
  }

  private <T> T on(String key, Access<T> access) {
    try {
      backend.setCurrentKey(key);
      return access.run();
    } catch (Exception e) {
      throw new IllegalStateException("the prompts that wait for " + key + " are not at hand", e);
    }
  }
}
