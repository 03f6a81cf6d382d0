package org.openautoglm.operators.conversion;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.openautoglm.operators.conversion.HeadChoice.Task;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Pooling;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Scores;

/** What an encoder's directory says about its head, where the wish does not say otherwise. */
final class HeadReading {
  private static final String POOLING = "1_Pooling/config.json";

  private final Path source;
  private final HeadChoice wish;
  private final JsonNode config;
  private final List<String> modules = new ArrayList<>();

  HeadReading(Path source, HeadChoice wish) throws IOException {
    this.source = source;
    this.wish = wish;
    this.config = SourceFiles.json(source, "config.json");
    for (JsonNode module : SourceFiles.json(source, "modules.json")) {
      String type = module.path("type").asText();
      modules.add(type.substring(type.lastIndexOf('.') + 1));
    }
  }

  /**
   * What it is for: classes, where there is no word of sentence-transformers and they have names.
   */
  Task task() {
    return wish.task()
        .orElse(
            modules.isEmpty() && config.path("id2label").size() > 1
                ? Task.CLASSIFICATION
                : Task.EMBEDDING);
  }

  /**
   * How token vectors become one.
   *
   * @throws ConversionException when nothing says it
   */
  Pooling pooling() throws IOException {
    if (wish.pooling().isPresent()) {
      return wish.pooling().get() == HeadChoice.Pooling.CLS ? Pooling.CLS : Pooling.MEAN;
    }
    List<String> modes = new ArrayList<>();
    SourceFiles.json(source, POOLING)
        .properties()
        .forEach(
            entry -> {
              if (entry.getKey().startsWith("pooling_mode_") && entry.getValue().asBoolean()) {
                modes.add(entry.getKey());
              }
            });
    if (modes.equals(List.of("pooling_mode_cls_token"))) {
      return Pooling.CLS;
    }
    if (modes.equals(List.of("pooling_mode_mean_tokens"))) {
      return Pooling.MEAN;
    }
    throw new ConversionException(
        modes.isEmpty()
            ? source
                + " says nowhere how token vectors are pooled (modules.json, "
                + POOLING
                + "); say it: --pooling cls or mean, in the configuration pooling"
            : source.resolve(POOLING)
                + " asks for the pooling "
                + modes
                + ", but only pooling_mode_cls_token or pooling_mode_mean_tokens can be converted");
  }

  boolean normalize() {
    return wish.normalize().orElse(modules.contains("Normalize"));
  }

  /** What a classifier's scores are, where the directory says it. */
  Optional<Scores> scores() {
    if (config.path("joint_output").asText().equals("log_probabilities")) {
      return Optional.of(Scores.LOG_PROBABILITIES);
    }
    boolean independent =
        config.path("problem_type").asText().equals("multi_label_classification")
            || config.path("id2label").size() == 1;
    return independent ? Optional.of(Scores.INDEPENDENT_LOGITS) : Optional.empty();
  }

  /** The token that fills short rows up. */
  int padding() {
    return config.path("pad_token_id").asInt(0);
  }

  /** Tokens that a row may have at least, as far as the directory tells; 0 where it does not. */
  int positions() throws IOException {
    int stated =
        SourceFiles.json(source, "sentence_bert_config.json").path("max_seq_length").asInt(0);
    // The first positions of some families are taken by padding.
    int positions = config.path("max_position_embeddings").asInt(0) - 2;
    return stated > 0 && (positions <= 0 || stated < positions) ? stated : Math.max(0, positions);
  }
}
