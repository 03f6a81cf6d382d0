package org.openautoglm.schemas.request;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExcerptTest {
  @Test
  void leavesShortTextsAlone() {
    assertThat(Excerpt.of("")).isEmpty();
    assertThat(Excerpt.of("你好 😀")).isEqualTo("你好 😀");
  }

  @Test
  void cutsLongTextsBetweenCharacters() {
    assertThat(Excerpt.of("x".repeat(64))).isEqualTo("x".repeat(64));
    assertThat(Excerpt.of("x".repeat(65))).isEqualTo("x".repeat(64) + "…");
    assertThat(Excerpt.of("x".repeat(63) + "😀!")).isEqualTo("x".repeat(63) + "😀…");
  }

  @Test
  void staysOnOneLineAndIsAlwaysText() {
    assertThat(Excerpt.of("a\r\n\t\u0000\u0085\u2028b")).isEqualTo("a??????b");
    assertThat(Excerpt.of("\ud83d|\ude00")).isEqualTo("?|?");
  }
}
