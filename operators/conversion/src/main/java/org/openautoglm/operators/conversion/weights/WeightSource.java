package org.openautoglm.operators.conversion.weights;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The named weights of a model. The files must not change while it is used. */
public interface WeightSource {

  /** Where they lie, for messages: {@code model.safetensors}. */
  String description();

  /**
   * Whether these weights are what a runnable graph computes with, part by part, so that two tables
   * which {@code config.json} calls tied may still differ, each quantised by itself.
   */
  boolean ofGraph();

  /** The names of all weights. */
  Set<String> names();

  /**
   * A weight.
   *
   * @throws CheckpointException when it is there but cannot be read as numbers
   */
  Optional<Weight> find(String name) throws IOException;

  /**
   * A weight that must be there, of this shape.
   *
   * @throws CheckpointException when it is missing or of another shape
   */
  default Weight require(String name, long... shape) throws IOException {
    Weight weight =
        find(name)
            .orElseThrow(
                () ->
                    new CheckpointException(
                        description()
                            + " lacks the weight "
                            + name
                            + nearest(name)
                            + "; export or download the model again, complete, and check that"
                            + " config.json is this model's"));
    List<Long> wanted = Arrays.stream(shape).boxed().toList();
    if (!weight.shape().equals(wanted)) {
      throw new CheckpointException(
          description()
              + " has "
              + name
              + " of shape "
              + weight.shape()
              + ", but config.json makes it "
              + wanted
              + "; check that config.json is this model's");
    }
    return weight;
  }

  private String nearest(String name) {
    String last = name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1);
    String alike =
        names().stream()
            .filter(other -> other.endsWith(last))
            .sorted()
            .limit(3)
            .collect(Collectors.joining(", "));
    return alike.isEmpty() ? "" : " (it has " + alike + ")";
  }
}
