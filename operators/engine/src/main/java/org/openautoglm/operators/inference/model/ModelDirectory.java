package org.openautoglm.operators.inference.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.openautoglm.operators.inference.EncoderSpec.Pooling;
import org.openautoglm.operators.inference.ModelLoadException;

/**
 * What a model directory holds and says, on the local disk and verified.
 *
 * @param root the directory
 * @param graph the ONNX graph
 * @param tokenizer {@code tokenizer.json}
 * @param version what the directory calls its version, or empty
 * @param digest SHA-256 of the graph's file, hexadecimal; where weights lie in files beside it, of
 *     the names and SHA-256 of all of these
 * @param limits how long a row may be
 * @param labels the classes in the order of the graph's scores; empty where {@code config.json} has
 *     none
 * @param scores what the scores of a classifier are, where {@code config.json} says so
 * @param head how token vectors become an embedding, where {@code modules.json} says so
 * @param padTokenId the token that fills short rows up
 */
public record ModelDirectory(
    Path root,
    Path graph,
    Path tokenizer,
    String version,
    String digest,
    Limits limits,
    List<String> labels,
    Optional<Scores> scores,
    Optional<EmbeddingHead> head,
    int padTokenId) {

  public ModelDirectory {
    labels = List.copyOf(labels);
  }

  /**
   * Finds, fetches, verifies and reads a directory.
   *
   * @param location a local path, or any Flink file system URI
   * @throws ModelLoadException names every file that is missing or wrong, and how to mend it
   */
  public static ModelDirectory open(String location) throws ModelLoadException {
    return new ModelDirectoryReader(location, ModelCache.fetch(location)).read();
  }

  /**
   * Finds and fetches a directory, and reads what it was converted to: now, or before by any
   * process that keeps its conversions in the same place.
   *
   * @param name the model's, for the log
   * @param location a local path, or any Flink file system URI
   * @param conversion what is wanted
   * @throws ModelLoadException when it cannot be converted; the message says why, and what to do
   */
  public static ModelDirectory openConverted(
      String name, String location, ConvertedModels.Wish conversion) throws ModelLoadException {
    Path source = ModelCache.fetch(location, RemoteDirectory.Use.CONVERT);
    Path converted = ConvertedModels.get(name, source, conversion);
    return new ModelDirectoryReader(location, converted).read();
  }

  /**
   * Verifies and reads a directory of the local disk; works without Flink.
   *
   * @throws ModelLoadException names every file that is missing or wrong, and how to mend it
   */
  public static ModelDirectory openLocal(Path directory) throws ModelLoadException {
    if (!Files.isDirectory(directory)) {
      throw new ModelLoadException(
          "there is no model directory " + directory + "; check the model's path");
    }
    return new ModelDirectoryReader(directory.toString(), directory.toAbsolutePath()).read();
  }

  /**
   * How long a row may be, in tokens, special tokens included.
   *
   * @param stated what the directory says; 0: nothing
   * @param positions the positions that the graph has at all; 0: unknown
   */
  public record Limits(int stated, int positions) {}

  /** What the numbers of a classifier are. */
  public enum Scores {
    /** One of the classes is right: softmax makes probabilities of them. */
    LOGITS,
    /** Each class is right or not by itself: sigmoid makes probabilities of them. */
    INDEPENDENT_LOGITS,
    LOG_PROBABILITIES,
    PROBABILITIES
  }

  /**
   * How token vectors become an embedding.
   *
   * @param pooling CLS or MEAN
   * @param normalize whether the embedding is scaled to length 1
   */
  public record EmbeddingHead(Pooling pooling, boolean normalize) {}
}
