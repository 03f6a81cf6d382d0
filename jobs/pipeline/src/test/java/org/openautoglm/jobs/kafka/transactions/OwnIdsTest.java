package org.openautoglm.jobs.kafka.transactions;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OwnIdsTest {
  private final OwnIds ids = new OwnIds(Set.of("autoglm-answers", "old(name)-answers"));

  @Test
  void theSinksIdsAreOursUnderEachOfItsPrefixes() {
    assertThat(ids.subtask("autoglm-answers-0-1")).hasValue(0);
    assertThat(ids.subtask("autoglm-answers-17-3")).hasValue(17);
    assertThat(ids.subtask("old(name)-answers-2-0")).hasValue(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "autoglm-answers",
        "autoglm-answers-",
        "autoglm-answers-foo",
        "autoglm-answers-0",
        "autoglm-answers-0-",
        "autoglm-answers-0-x",
        "autoglm-answers-0-1-2",
        "autoglm-answers-2-answers-0-1",
        "autoglm-answers--1-2",
        "autoglm-answers-99999999999-2",
        "autoglm-2-answers-0-1",
        "x-autoglm-answers-0-1",
        "autoglm-refusals-0-1"
      })
  void whatOnlyLooksLikeThemIsForeign(String id) {
    assertThat(ids.has(id)).isFalse();
  }
}
