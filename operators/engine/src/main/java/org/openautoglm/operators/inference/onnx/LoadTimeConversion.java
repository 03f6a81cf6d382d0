package org.openautoglm.operators.inference.onnx;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.openautoglm.operators.conversion.Conversion;
import org.openautoglm.operators.conversion.HeadChoice;
import org.openautoglm.operators.conversion.Weights;
import org.openautoglm.operators.conversion.quantization.ByteProducts;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.EncoderSpec.Normalization;
import org.openautoglm.operators.inference.EncoderSpec.Pooling;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.Quantization;
import org.openautoglm.operators.inference.model.ConvertedModels;
import org.openautoglm.operators.inference.model.ModelDirectory;

/**
 * The conversion that a model's {@code quantize} asks for, checked with the runtime that serves.
 *
 * @param weights what the weights become
 * @param head what the configuration says over the directory
 */
record LoadTimeConversion(Weights weights, HeadChoice head) implements ConvertedModels.Wish {

  /** The directory that a model runs from: its own, or what it is converted to. */
  static ModelDirectory directory(ModelSpec spec) throws ModelLoadException {
    return spec.quantization() == Quantization.NONE
        ? ModelDirectory.open(spec.path())
        : ModelDirectory.openConverted(spec.name(), spec.path(), of(spec));
  }

  private static LoadTimeConversion of(ModelSpec spec) {
    Weights weights =
        switch (spec.quantization()) {
          case NONE -> throw new IllegalArgumentException("nothing is to be converted");
          case INT8 -> Weights.INT8;
          case INT8_BLOCKS -> Weights.INT8_BLOCKS;
          case INT8_ROWS -> Weights.INT8_ROWS;
          case INT4 -> Weights.INT4;
        };
    return new LoadTimeConversion(weights, head(spec));
  }

  private static HeadChoice head(ModelSpec spec) {
    EncoderSpec encoder = spec.encoder();
    return new HeadChoice(
        switch (spec.task()) {
          case EMBEDDING -> Optional.of(HeadChoice.Task.EMBEDDING);
          case CLASSIFICATION -> Optional.of(HeadChoice.Task.CLASSIFICATION);
          case TEXT_GENERATION -> Optional.empty();
        },
        encoder.pooling() == Pooling.FROM_MODEL
            ? Optional.empty()
            : Optional.of(HeadChoice.Pooling.valueOf(encoder.pooling().name())),
        encoder.normalization() == Normalization.FROM_MODEL
            ? Optional.empty()
            : Optional.of(encoder.normalization() == Normalization.L2));
  }

  @Override
  public String key() {
    return "weights "
        + weights.label()
        + ", task "
        + words(head.task())
        + ", pooling "
        + words(head.pooling())
        + ", normalize "
        + words(head.normalize())
        + ", bytes "
        + words(Optional.of(ByteProducts.ofThisMachine()));
  }

  private static String words(Optional<?> choice) {
    return choice.map(each -> each.toString().toLowerCase(Locale.ROOT)).orElse("from the model");
  }

  @Override
  public void convert(Path source, Path target, Consumer<String> progress) throws IOException {
    Conversion.run(
        new Conversion.Request(
            source, target, weights, head, Optional.empty(), OptionalDouble.empty()),
        new OnnxGraphRuntime(),
        progress);
  }
}
