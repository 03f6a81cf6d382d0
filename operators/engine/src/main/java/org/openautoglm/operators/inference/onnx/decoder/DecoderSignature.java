package org.openautoglm.operators.inference.onnx.decoder;

import ai.onnxruntime.OnnxJavaType;
import java.util.List;
import java.util.Optional;

/**
 * What a decoder's graph takes and gives, recognised by the names, types and axes of its inputs and
 * outputs.
 *
 * @param inputs everything but the caches
 * @param logits the output with the logits
 * @param logitsType FLOAT or FLOAT16
 * @param layers the caches; empty where the graph has none
 * @param cache what each of them looks like
 */
record DecoderSignature(
    List<Input> inputs,
    String logits,
    OnnxJavaType logitsType,
    List<CacheLayer> layers,
    CacheShape cache) {

  DecoderSignature {
    inputs = List.copyOf(inputs);
    layers = List.copyOf(layers);
  }

  /** What stands in an input. */
  enum Content {
    /** Tokens, rows × width. */
    TOKENS("input_ids", 2),
    /** 1 for what a row has read and reads, 0 for padding, rows × all tokens. */
    MASK("attention_mask", 2),
    /** Each token's place in its row, rows × width. */
    POSITIONS("position_ids", 2),
    /** Tokens of a row after the run, less one. */
    LENGTHS("seqlens_k", 1),
    /** The most tokens of a row after the run; one number. */
    LONGEST("total_sequence_length", 0),
    /** Which of a row's tokens the logits are wanted for, rows × wanted. */
    WANTED("logits_positions", 2),
    /** How many logits are wanted, from the end; one number. */
    KEPT("num_logits_to_keep", 0),
    /** Whether the caches hold anything. */
    CACHED("use_cache_branch", 1);

    private final String inputName;
    private final int rank;

    Content(String inputName, int rank) {
      this.inputName = inputName;
      this.rank = rank;
    }

    String inputName() {
      return inputName;
    }

    /** Whether an input of that rank can hold it; one number may stand alone or in a vector. */
    boolean hasRank(int given) {
      return given == rank || (rank == 0 && given == 1);
    }
  }

  /**
   * An input of the graph.
   *
   * @param type INT32, INT64 or BOOL
   * @param rank how many axes it has
   */
  record Input(String name, Content content, OnnxJavaType type, int rank) {}

  boolean takes(Content content) {
    return input(content).isPresent();
  }

  Optional<Input> input(Content content) {
    return inputs.stream().filter(input -> input.content() == content).findFirst();
  }

  /** Keys and values of one token in all layers, bytes. */
  long tokenBytes() {
    return 2L * layers.size() * cache.tokenBytes();
  }
}
