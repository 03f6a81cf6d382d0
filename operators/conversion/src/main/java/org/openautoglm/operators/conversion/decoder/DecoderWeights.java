package org.openautoglm.operators.conversion.decoder;

import java.io.IOException;
import java.util.Optional;
import org.openautoglm.operators.conversion.weights.CheckpointException;
import org.openautoglm.operators.conversion.weights.RowRange;
import org.openautoglm.operators.conversion.weights.Weight;
import org.openautoglm.operators.conversion.weights.WeightMatrix;
import org.openautoglm.operators.conversion.weights.WeightSource;

/** A decoder's weights by their roles, each of the shape that the description gives it. */
final class DecoderWeights {
  private final Decoder decoder;
  private final WeightSource source;

  /**
   * Finds every weight of the model before any is read.
   *
   * @throws CheckpointException when one is missing or of another shape
   */
  DecoderWeights(Decoder decoder, WeightSource source) throws IOException {
    this.decoder = decoder;
    this.source = source;
    for (Role role : decoder.places().keySet()) {
      if (role == Role.HEAD && sharesTable()) {
        continue;
      }
      for (int layer = 0; layer < (role.inLayers() ? decoder.dimensions().layers() : 1); layer++) {
        require(role, layer);
        if (decoder.places().get(role).bias()) {
          bias(role, layer);
        }
      }
    }
  }

  Decoder decoder() {
    return decoder;
  }

  /**
   * Whether the head's weight is the embedding table. A graph's own head is kept even where {@code
   * config.json} calls the two tied, for each may have been quantised by itself.
   */
  boolean sharesTable() throws IOException {
    return decoder.tied()
        && !(source.ofGraph() && source.find(place(Role.HEAD).weight(0)).isPresent());
  }

  /** A linear layer's weight, [out, in], or the table. */
  WeightMatrix matrix(Role role, int layer) throws IOException {
    WeightMatrix whole = require(role, layer).matrix();
    Optional<RowRange> rows = place(role).rows();
    return rows.isPresent() ? whole.select(rows.get()) : whole;
  }

  /** A norm's factors. */
  float[] norm(Role role, int layer) throws IOException {
    return require(role, layer).values();
  }

  /** A linear layer's bias, if it has one. */
  Optional<float[]> bias(Role role, int layer) throws IOException {
    Place place = place(role);
    if (!place.bias()) {
      return Optional.empty();
    }
    int own = (int) decoder.dimensions().shape(role)[0];
    int stored = place.rows().isPresent() ? place.fusedRows() : own;
    float[] all = source.require(place.bias(layer), stored).values();
    if (place.rows().isEmpty()) {
      return Optional.of(all);
    }
    float[] part = new float[own];
    for (int i = 0; i < own; i++) {
      part[i] = all[place.rows().get().row(i)];
    }
    return Optional.of(part);
  }

  private Weight require(Role role, int layer) throws IOException {
    Place place = place(role);
    long[] shape = decoder.dimensions().shape(role);
    if (place.rows().isPresent()) {
      shape[0] = place.fusedRows();
    }
    return source.require(place.weight(layer), shape);
  }

  private Place place(Role role) {
    return decoder.places().get(role);
  }
}
