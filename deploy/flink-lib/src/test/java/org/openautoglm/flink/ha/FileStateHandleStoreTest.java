package org.openautoglm.flink.ha;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.runtime.persistence.StateHandleStore.AlreadyExistException;
import org.apache.flink.runtime.persistence.StateHandleStore.NotExistException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStateHandleStoreTest {
  @TempDir Path directory;

  private FileStateHandleStore<String> store;

  @BeforeEach
  void open() throws Exception {
    store = new FileStateHandleStore<>(directory);
  }

  @Test
  void keepsWhatWasAddedForTheNextToOpenIt() throws Exception {
    store.addAndLock("b", "第二");
    store.addAndLock("a", "first");
    FileStateHandleStore<String> next = new FileStateHandleStore<>(directory);
    assertThat(next.getAllHandles()).containsExactly("a", "b");
    assertThat(next.getAndLock("b").retrieveState()).isEqualTo("第二");
    assertThat(next.getAllAndLock())
        .extracting(each -> each.f0.retrieveState())
        .containsExactly("first", "第二");
  }

  @Test
  void replacesAndRemoves() throws Exception {
    store.addAndLock("a", "old");
    assertThat(store.exists("a").isExisting()).isTrue();
    store.replace("a", store.exists("a"), "new");
    assertThat(store.getAndLock("a").retrieveState()).isEqualTo("new");
    assertThat(store.releaseAndTryRemove("a")).isTrue();
    assertThat(store.exists("a").isExisting()).isFalse();
    assertThat(store.releaseAndTryRemove("a")).isTrue();
    store.addAndLock("a", "again");
    store.clearEntries();
    assertThat(store.getAllHandles()).isEmpty();
  }

  @Test
  void refusesWhatIsThereAndWhatIsNot() throws Exception {
    store.addAndLock("a", "one");
    assertThatThrownBy(() -> store.addAndLock("a", "two"))
        .isInstanceOf(AlreadyExistException.class);
    assertThatThrownBy(() -> store.replace("b", store.exists("b"), "two"))
        .isInstanceOf(NotExistException.class);
    assertThatThrownBy(() -> store.getAndLock("b")).isInstanceOf(NotExistException.class);
    assertThat(store.getAndLock("a").retrieveState()).isEqualTo("one");
  }

  @Test
  void aFileThatWasBeingWrittenIsNotThere() throws Exception {
    Files.writeString(directory.resolve(WholeFile.UNFINISHED + "a"), "cut");
    assertThat(store.getAllHandles()).isEmpty();
    store.addAndLock("a", "whole");
    assertThat(store.getAllHandles()).containsExactly("a");
  }
}
