package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.flink.api.common.TaskInfoImpl;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.testing.TestingModels;

class BatchKeysTest {
  private static List<ModelSpec> models(int count, int shards) {
    return IntStream.range(0, count)
        .mapToObj(i -> TestingModels.model("model-" + i, shards, TestingModels.BATCHING))
        .toList();
  }

  private static List<String> all(BatchKeys keys, List<ModelSpec> models) {
    List<String> all = new ArrayList<>();
    for (ModelSpec model : models) {
      for (int shard = 0; shard < model.shards(); shard++) {
        all.add(keys.keyFor(model.name(), shard));
      }
    }
    return all;
  }

  private static int[] perSubtask(List<String> keys, int maxParallelism, int parallelism) {
    int[] counts = new int[parallelism];
    for (String key : keys) {
      counts[
          KeyGroupRangeAssignment.assignKeyToParallelOperator(key, maxParallelism, parallelism)]++;
    }
    return counts;
  }

  @Test
  void modelsAreSpreadEvenly() {
    assertThat(perSubtask(all(BatchKeys.of(models(4, 1), 128), models(4, 1)), 128, 4))
        .containsExactly(1, 1, 1, 1);
    assertThat(perSubtask(all(BatchKeys.of(models(8, 1), 128), models(8, 1)), 128, 4))
        .containsExactly(2, 2, 2, 2);
  }

  @Test
  void shardsOfOneModelAreSpreadOverAllSubtasks() {
    List<ModelSpec> models = models(2, 2);
    BatchKeys keys = BatchKeys.of(models, 128);
    for (ModelSpec model : models) {
      assertThat(perSubtask(all(keys, List.of(model)), 128, 2)).containsExactly(1, 1);
    }
  }

  @Property(tries = 100)
  void countsDifferByAtMostOneAtEveryParallelism(
      @ForAll @Size(min = 1, max = 6) List<@IntRange(min = 1, max = 5) Integer> shards,
      @ForAll @IntRange(max = 1_000) int moreKeyGroups) {
    List<ModelSpec> models = new ArrayList<>();
    for (int i = 0; i < shards.size(); i++) {
      models.add(TestingModels.model("m" + i, shards.get(i), TestingModels.BATCHING));
    }
    int count = models.stream().mapToInt(ModelSpec::shards).sum();
    int maxParallelism = 2 * count * count + moreKeyGroups;
    List<String> keys = all(BatchKeys.of(models, maxParallelism), models);
    assertThat(new HashSet<>(keys)).hasSameSizeAs(keys);
    for (int parallelism = 1; parallelism <= keys.size(); parallelism++) {
      int[] counts = perSubtask(keys, maxParallelism, parallelism);
      int most = IntStream.of(counts).max().orElseThrow();
      int least = IntStream.of(counts).min().orElseThrow();
      assertThat(most - least).isLessThanOrEqualTo(1);
    }
  }

  @Property(tries = 50)
  void theOrderOfTheFileDoesNotMatter(
      @ForAll @IntRange(min = 2, max = 20) int count, @ForAll Random random) {
    List<ModelSpec> models = models(count, 2);
    List<ModelSpec> shuffled = new ArrayList<>(models);
    Collections.shuffle(shuffled, random);

    assertThat(all(BatchKeys.of(shuffled, 1024), models))
        .isEqualTo(all(BatchKeys.of(models, 1024), models));
  }

  /** Wherever in the file; the most that move in the mean of a hundred. */
  @ParameterizedTest
  @CsvSource({"4, 1, 4, 1", "8, 1, 4, 1", "20, 1, 4, 1", "8, 2, 4, 1", "20, 1, 8, 3", "4, 4, 8, 2"})
  void fewMoveWhenAModelIsAdded(int count, int shards, int parallelism, double most) {
    int moved = 0;
    for (int added = 0; added < 100; added++) {
      List<ModelSpec> models = models(count, shards);
      List<ModelSpec> more = new ArrayList<>(models);
      more.add(
          added % (count + 1),
          TestingModels.model("added-" + added, shards, TestingModels.BATCHING));
      List<String> before = all(BatchKeys.of(models, 1024), models);
      List<String> after = all(BatchKeys.of(more, 1024), models);
      for (int i = 0; i < before.size(); i++) {
        moved += subtask(before.get(i), parallelism) == subtask(after.get(i), parallelism) ? 0 : 1;
      }
    }
    assertThat(moved / 100.0).isLessThanOrEqualTo(most);
  }

  private static int subtask(String key, int parallelism) {
    return KeyGroupRangeAssignment.assignKeyToParallelOperator(key, 1024, parallelism);
  }

  @Test
  void shardNumbersWrapAround() {
    BatchKeys keys = BatchKeys.of(models(1, 3), 128);
    assertThat(keys.keyFor("model-0", 3)).isEqualTo(keys.keyFor("model-0", 0));
    assertThat(keys.keyFor("model-0", -1)).isEqualTo(keys.keyFor("model-0", 2));
    assertThat(keys.shards("model-0")).isEqualTo(3);
    assertThat(keys.shards("other")).isZero();
    assertThatThrownBy(() -> keys.keyFor("other", 0)).hasMessageContaining("other");
  }

  @Test
  void subtaskNeedsTheModelsWhoseKeysItHas() {
    BatchKeys keys = BatchKeys.of(models(4, 1), 128);
    Set<String> seen = new HashSet<>();
    for (int subtask = 0; subtask < 4; subtask++) {
      List<String> models = keys.modelsOf(new TaskInfoImpl("window", 128, subtask, 4, 0));
      assertThat(models).hasSize(1);
      seen.addAll(models);
    }
    assertThat(seen).hasSize(4);
  }
}
