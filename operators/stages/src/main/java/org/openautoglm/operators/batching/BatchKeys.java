package org.openautoglm.operators.batching;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.util.MathUtils;
import org.openautoglm.operators.inference.ModelSpec;

/**
 * The keys of the micro-batch windows, one for each shard of each model, chosen so that they spread
 * evenly.
 *
 * <p>Flink hashes a key to a key group and gives every subtask a range of groups; a handful of
 * plain names lands unevenly (eight models at parallelism four gave 1, 4, 1 and 2). So each key
 * carries a salt, searched for until the hash falls into the middle of the key's equal share of the
 * groups: at every parallelism the subtasks' counts then differ by at most one, given at least
 * twice the square of the number of keys in key groups (128 do for 20 keys at least); with fewer,
 * rounding may make it two. The shards of one model are spread over the whole range, so that its
 * load is, too.
 *
 * <p>Which key gets which share depends on the names alone, not on the order in the file: first by
 * the shard's place in its model, then by a hash of the model's name. A model that is added takes a
 * share somewhere between the others, which move over by less than a share each, and so mostly stay
 * on their subtasks. State already written stays under its old keys and is worked off there.
 */
public final class BatchKeys implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Far beyond the expected number of tries, which is the number of key groups. */
  private static final int TRIES_PER_KEY_GROUP = 64;

  private final LinkedHashMap<String, String[]> keys = new LinkedHashMap<>();

  private record Shard(ModelSpec model, int number) {
    /** Where in the range of key groups this shard belongs, 0 to 1. */
    double place() {
      return (number + 0.5) / model.shards();
    }

    /** Where among those of the same place; it looks drawn by lot, but never changes. */
    int lot() {
      return MathUtils.murmurHash(model.name().hashCode());
    }
  }

  private BatchKeys() {}

  /**
   * Chooses the keys.
   *
   * @param models every configured model
   * @param maxParallelism the job's number of key groups
   */
  public static BatchKeys of(List<ModelSpec> models, int maxParallelism) {
    List<Shard> shards = new ArrayList<>();
    BatchKeys keys = new BatchKeys();
    for (ModelSpec model : models) {
      keys.keys.put(model.name(), new String[model.shards()]);
      for (int number = 0; number < model.shards(); number++) {
        shards.add(new Shard(model, number));
      }
    }
    shards.sort(
        Comparator.comparingDouble(Shard::place)
            .thenComparingInt(Shard::lot)
            .thenComparing(shard -> shard.model().name()));
    for (int i = 0; i < shards.size(); i++) {
      Shard shard = shards.get(i);
      int keyGroup = (int) ((2L * i + 1) * maxParallelism / (2L * shards.size()));
      String plain = shard.model().name() + "/" + shard.number();
      keys.keys.get(shard.model().name())[shard.number()] = salted(plain, keyGroup, maxParallelism);
    }
    return keys;
  }

  private static String salted(String plain, int keyGroup, int maxParallelism) {
    long tries = (long) TRIES_PER_KEY_GROUP * maxParallelism;
    for (long salt = 0; salt < tries; salt++) {
      String key = plain + "#" + salt;
      if (KeyGroupRangeAssignment.assignToKeyGroup(key, maxParallelism) == keyGroup) {
        return key;
      }
    }
    return plain; // Runs as well, only less evenly spread.
  }

  /** How many shards a model has, 0 where it is not configured. */
  public int shards(String model) {
    String[] ofModel = keys.get(model);
    return ofModel == null ? 0 : ofModel.length;
  }

  /**
   * The key of one shard.
   *
   * @param shardNumber any number; the remainder by the model's shards counts, so a caller may just
   *     count up
   */
  public String keyFor(String model, int shardNumber) {
    String[] ofModel = keys.get(model);
    if (ofModel == null) {
      throw new IllegalArgumentException("no model is called " + model);
    }
    return ofModel[Math.floorMod(shardNumber, ofModel.length)];
  }

  /** The models that have a key at this subtask, and whose engines it will therefore need. */
  List<String> modelsOf(TaskInfo subtask) {
    List<String> models = new ArrayList<>();
    keys.forEach(
        (model, ofModel) -> {
          if (Arrays.stream(ofModel).anyMatch(key -> isAt(subtask, key))) {
            models.add(model);
          }
        });
    return models;
  }

  private static boolean isAt(TaskInfo subtask, String key) {
    return KeyGroupRangeAssignment.assignKeyToParallelOperator(
            key, subtask.getMaxNumberOfParallelSubtasks(), subtask.getNumberOfParallelSubtasks())
        == subtask.getIndexOfThisSubtask();
  }
}
