package org.openautoglm.operators.conversion.decoder;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.openautoglm.operators.conversion.weights.CheckpointException;
import org.openautoglm.operators.conversion.weights.RowRange;

/**
 * A decoder as its family describes it: everything that the graph's shape depends on.
 *
 * @param dimensions its sizes
 * @param rotary how positions are told apart
 * @param normEpsilon what keeps norms from dividing by zero
 * @param activation the feed-forward part's function
 * @param windows how far back each layer looks, in tokens, itself included; 0 is without limit
 * @param residualFromNorm whether what is added to a block's result is its normed input, not its
 *     input
 * @param tied whether the head's weight is the embedding
 * @param places where the weights lie; a part without a place is not there
 */
record Decoder(
    Dimensions dimensions,
    Rotary rotary,
    float normEpsilon,
    Activation activation,
    List<Integer> windows,
    boolean residualFromNorm,
    boolean tied,
    Map<Role, Place> places) {

  Decoder {
    windows = List.copyOf(windows);
    places = Collections.unmodifiableMap(new EnumMap<>(places));
  }

  /** Whether it has a part at all. */
  boolean has(Role role) {
    return places.containsKey(role);
  }

  static Draft draft(Dimensions dimensions, Rotary rotary) throws CheckpointException {
    return new Draft(dimensions.checked(), rotary);
  }

  /** A description in the making: what is not said is as in most models. */
  static final class Draft {
    private final Dimensions dimensions;
    private final Rotary rotary;
    private final Map<Role, Place> places = new EnumMap<>(Role.class);
    private double normEpsilon = 1e-6;
    private Activation activation = Activation.SILU;
    private List<Integer> windows;
    private boolean residualFromNorm;
    private boolean tied;

    private Draft(Dimensions dimensions, Rotary rotary) {
      this.dimensions = dimensions;
      this.rotary = rotary;
      this.windows = Collections.nCopies(dimensions.layers(), 0);
    }

    Draft normEpsilon(double value) {
      normEpsilon = value;
      return this;
    }

    Draft activation(Activation value) {
      activation = value;
      return this;
    }

    Draft windows(List<Integer> value) {
      windows = value;
      return this;
    }

    Draft residualFromNorm(boolean value) {
      residualFromNorm = value;
      return this;
    }

    Draft tied(boolean value) {
      tied = value;
      return this;
    }

    /** A module with a weight of its own. */
    Draft weight(Role role, String module) {
      places.put(role, new Place(module, Optional.empty(), 0, false));
      return this;
    }

    /** A module whose weight holds those of several roles, one after the other. */
    Draft fused(String module, Role... roles) {
      int rows = Arrays.stream(roles).mapToInt(this::rows).sum();
      int first = 0;
      for (Role role : roles) {
        RowRange range = RowRange.of(first, rows(role));
        places.put(role, new Place(module, Optional.of(range), rows, false));
        first += rows(role);
      }
      return this;
    }

    /** A module whose weight holds those of several roles, head by head. */
    Draft fusedByHead(String module, Role... roles) {
      int width = dimensions.headWidth();
      for (int i = 0; i < roles.length; i++) {
        RowRange range = new RowRange(i * width, width, roles.length * width, dimensions.heads());
        places.put(
            roles[i],
            new Place(
                module, Optional.of(range), roles.length * width * dimensions.heads(), false));
      }
      return this;
    }

    /** Gives modules their biases, if the model has them. */
    Draft biases(boolean present, Role... roles) {
      for (Role role : roles) {
        places.computeIfPresent(role, (key, place) -> present ? place.withBias() : place);
      }
      return this;
    }

    Decoder build() {
      return new Decoder(
          dimensions,
          rotary,
          (float) normEpsilon,
          activation,
          windows,
          residualFromNorm,
          tied,
          places);
    }

    private int rows(Role role) {
      return (int) dimensions.shape(role)[0];
    }
  }
}
