package org.openautoglm.schemas.coordinates;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordPlaceTest {
  @Test
  void isReadAsItIsWritten() {
    RecordPlace place = new RecordPlace("a.topic-with-hyphens-7", 12, 3_000_000_000L);
    assertThat(place).hasToString("a.topic-with-hyphens-7-12-3000000000");
    assertThat(RecordPlace.parse(place.toString())).contains(place);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-", "--", "t", "t-1", "t-1-", "t--1", "t-x-1", "-1-2", "t-1-+2", "t-1-٣"})
  void nothingElseIsOne(String text) {
    assertThat(RecordPlace.parse(text)).isEmpty();
  }

  @Test
  void numbersTooLargeAreNone() {
    assertThat(RecordPlace.parse("t-99999999999-1")).isEmpty();
    assertThat(RecordPlace.parse("t-1-99999999999999999999")).isEmpty();
  }
}
