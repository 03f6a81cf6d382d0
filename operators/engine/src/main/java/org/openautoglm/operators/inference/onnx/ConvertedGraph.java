package org.openautoglm.operators.inference.onnx;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.openautoglm.operators.conversion.quantization.ByteProducts;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.EncoderSpec.Normalization;
import org.openautoglm.operators.inference.EncoderSpec.Pooling;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;

/**
 * What a converted graph says that it does itself.
 *
 * @param kind {@code autoglm.graph}: what it is
 * @param pooling how it pools; empty for classes
 * @param normalized whether its embeddings have length 1
 * @param signedBytes whether it has signed weights of 8 bits, which only some CPUs multiply exactly
 */
record ConvertedGraph(
    String kind, Optional<Pooling> pooling, boolean normalized, boolean signedBytes) {
  static final String ENCODER = "encoder-1";

  private static final String KIND = "autoglm.graph";
  private static final String POOLING = "autoglm.pooling";
  private static final String NORMALIZED = "autoglm.normalized";
  private static final String BYTES = "autoglm.bytes";

  /** What a graph's metadata says; empty for a graph that was not converted. */
  static Optional<ConvertedGraph> of(Map<String, String> metadata) {
    String kind = metadata.get(KIND);
    if (kind == null) {
      return Optional.empty();
    }
    Optional<Pooling> pooling =
        switch (metadata.getOrDefault(POOLING, "")) {
          case "cls" -> Optional.of(Pooling.CLS);
          case "mean" -> Optional.of(Pooling.MEAN);
          default -> Optional.empty();
        };
    return Optional.of(
        new ConvertedGraph(
            kind,
            pooling,
            Boolean.parseBoolean(metadata.get(NORMALIZED)),
            "signed".equals(metadata.get(BYTES))));
  }

  /**
   * Compares with what the configuration wants of the model, and the machine can do.
   *
   * @param machine the weights of 8 bits that this machine's CPU multiplies exactly
   * @throws ModelLoadException when the graph does something else, which nothing outside it can
   *     undo, or would answer wrongly here
   */
  void requireFit(ModelSpec spec, ByteProducts machine) throws ModelLoadException {
    if (!kind.equals(ENCODER)) {
      throw new ModelLoadException(
          "model %s: its graph is %s, which is not for the task %s; check task_type and path"
              .formatted(spec.name(), kind, spec.task()));
    }
    if (signedBytes && machine == ByteProducts.UNSIGNED) {
      throw new ModelLoadException(
          "model %s was converted on a CPU with VNNI, and its answers would be wrong on this one, which has none; convert the original here, or with --weights int8-blocks for every CPU"
              .formatted(spec.name()));
    }
    EncoderSpec wanted = spec.encoder();
    if (pooling.isPresent()
        && wanted.pooling() != Pooling.FROM_MODEL
        && wanted.pooling() != pooling.get()) {
      throw contradiction(
          spec,
          "pooling is " + lowered(wanted.pooling()),
          lowered(pooling.get()) + " pooling",
          "pooling to from_model");
    }
    if (normalized && wanted.normalization() == Normalization.NONE) {
      throw contradiction(spec, "normalize is none", "vectors of length 1", "normalize to l2");
    }
  }

  private static String lowered(Pooling pooling) {
    return pooling.name().toLowerCase(Locale.ROOT);
  }

  private static ModelLoadException contradiction(
      ModelSpec spec, String wanted, String is, String mend) {
    return new ModelLoadException(
        "model %s: %s, but its graph was converted to give %s; set %s, or convert the original again"
            .formatted(spec.name(), wanted, is, mend));
  }
}
