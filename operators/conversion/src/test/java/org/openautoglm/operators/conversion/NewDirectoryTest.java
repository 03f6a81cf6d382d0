package org.openautoglm.operators.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewDirectoryTest {
  @TempDir Path directory;

  @Test
  void appearsWholeAndWithNothingBesideIt() throws Exception {
    Path target = directory.resolve("a/b/模型");
    try (NewDirectory made = NewDirectory.at(target)) {
      Files.writeString(made.model().resolve("f"), "x");
      Files.writeString(made.work().resolve("w"), "y");
      assertThat(target).doesNotExist();
      made.finish();
    }
    assertThat(target.resolve("f")).hasContent("x");
    assertThat(names(target.getParent())).containsExactly("模型");
  }

  @Test
  void leavesNothingWhenItIsNotFinished() throws Exception {
    Path target = directory.resolve("m");
    try (NewDirectory made = NewDirectory.at(target)) {
      Files.createDirectories(made.model().resolve("1_Pooling"));
      Files.writeString(made.model().resolve("1_Pooling/config.json"), "{}");
    }
    assertThat(names(directory)).isEmpty();
  }

  @Test
  void refusesAPlaceThatIsTaken() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "x");
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("nowhere"));
    Path empty = Files.createDirectory(directory.resolve("empty"));
    for (Path taken : List.of(file, link, empty)) {
      assertThatThrownBy(() -> NewDirectory.at(taken))
          .isInstanceOf(ConversionException.class)
          .hasMessage(taken + " is there already; choose another place, or move it away");
    }
    assertThatThrownBy(() -> NewDirectory.at(file.resolve("below")))
        .isInstanceOf(ConversionException.class)
        .hasMessage(file + " is no directory; choose another place");
    assertThat(names(directory)).containsExactlyInAnyOrder("file", "link", "empty");
  }

  @Test
  void keepsWhatCameToItsPlaceMeanwhile() throws Exception {
    Path target = directory.resolve("m");
    try (NewDirectory made = NewDirectory.at(target)) {
      Files.createDirectories(target);
      Files.writeString(target.resolve("theirs"), "x");
      assertThatThrownBy(made::finish)
          .isInstanceOf(ConversionException.class)
          .hasMessageContaining("is there already");
    }
    assertThat(target.resolve("theirs")).hasContent("x");
    assertThat(names(directory)).containsExactly("m");
  }

  @Test
  void removesWhatAKilledOneLeftAndNotWhatIsBeingMade() throws Exception {
    Path target = directory.resolve("m");
    Path leftover = Files.createDirectories(directory.resolve(".m.converting-1/model"));
    Files.writeString(leftover.resolve("f"), "x");
    Files.writeString(directory.resolve(".m.converting-1/lock"), "");
    try (NewDirectory first = NewDirectory.at(target);
        NewDirectory second = NewDirectory.at(target)) {
      assertThat(leftover).doesNotExist();
      assertThat(first.model()).exists();
      second.finish();
    }
    assertThat(names(directory)).containsExactly("m");
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
