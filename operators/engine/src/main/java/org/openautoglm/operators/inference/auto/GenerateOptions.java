package org.openautoglm.operators.inference.auto;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.openautoglm.schemas.wire.Parameters;

/**
 * How an answer is generated. Immutable: each {@code with} is a copy.
 *
 * @param maxNewTokens the most tokens of the answer; empty: as the model was loaded
 * @param temperature 0 for greedy, the likeliest token always
 * @param topK only the k likeliest tokens are sampled; 0: no limit
 * @param topP the smallest set of tokens whose probability reaches this; 1: no limit
 * @param repetitionPenalty divides the logits of tokens already present; 1: none
 * @param seed makes sampling repeatable; empty: another text each time
 * @param stop texts that end the answer
 */
public record GenerateOptions(
    OptionalInt maxNewTokens,
    float temperature,
    int topK,
    float topP,
    float repetitionPenalty,
    OptionalLong seed,
    List<String> stop) {

  public GenerateOptions {
    stop = List.copyOf(stop);
  }

  /** The likeliest token always, until the model ends its answer. */
  public static GenerateOptions greedy() {
    return new GenerateOptions(OptionalInt.empty(), 0, 0, 1, 1, OptionalLong.empty(), List.of());
  }

  public GenerateOptions withMaxNewTokens(int value) {
    return new GenerateOptions(
        OptionalInt.of(value), temperature, topK, topP, repetitionPenalty, seed, stop);
  }

  /** Samples. */
  public GenerateOptions withSampling(float temperatureValue, int topKValue, float topPValue) {
    return new GenerateOptions(
        maxNewTokens, temperatureValue, topKValue, topPValue, repetitionPenalty, seed, stop);
  }

  public GenerateOptions withRepetitionPenalty(float value) {
    return new GenerateOptions(maxNewTokens, temperature, topK, topP, value, seed, stop);
  }

  public GenerateOptions withSeed(long value) {
    return new GenerateOptions(
        maxNewTokens, temperature, topK, topP, repetitionPenalty, OptionalLong.of(value), stop);
  }

  public GenerateOptions withStop(List<String> value) {
    return new GenerateOptions(
        maxNewTokens, temperature, topK, topP, repetitionPenalty, seed, value);
  }

  Parameters parameters() {
    Parameters.Builder parameters =
        Parameters.newBuilder()
            .setTopK(topK)
            .setTopP(topP)
            .setRepetitionPenalty(repetitionPenalty)
            .addAllStop(stop);
    maxNewTokens.ifPresent(parameters::setMaxNewTokens);
    seed.ifPresent(parameters::setSeed);
    return parameters.build();
  }
}
