package org.openautoglm.operators.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.inference.ModelLoadException;

class DecoderConfigTest {
  @TempDir private Path directory;

  @Test
  void readsALlamasFiles() throws Exception {
    write(
        "config.json",
        """
        {"max_position_embeddings": 32768, "num_attention_heads": 8, "num_key_value_heads": 2,
         "hidden_size": 512, "vocab_size": 6400, "eos_token_id": 9}\
        """);
    write("generation_config.json", "{\"eos_token_id\": [2, 7], \"max_new_tokens\": 99}");
    write("tokenizer_config.json", "{\"eos_token\": {\"content\": \"<|im_end|>\"}}");
    DecoderConfig config = read();
    assertThat(config.positions()).isEqualTo(32_768);
    assertThat(config.kvHeads()).isEqualTo(2);
    assertThat(config.headWidth()).isEqualTo(64);
    assertThat(config.vocabulary()).isEqualTo(6_400);
    assertThat(config.endTokens()).containsExactlyInAnyOrder(2, 7);
    assertThat(config.endToken()).isEqualTo("<|im_end|>");
    assertThat(config.maxNewTokens()).isEqualTo(99);
  }

  @Test
  void readsAChatGlms() throws Exception {
    write(
        "config.json",
        """
        {"seq_length": 8192, "num_attention_heads": 32, "multi_query_group_num": 2,
         "kv_channels": 128, "padded_vocab_size": 65024, "eos_token_id": 2}\
        """);
    DecoderConfig config = read();
    assertThat(config.positions()).isEqualTo(8_192);
    assertThat(config.kvHeads()).isEqualTo(2);
    assertThat(config.headWidth()).isEqualTo(128);
    assertThat(config.vocabulary()).isEqualTo(65_024);
    assertThat(config.endTokens()).containsExactly(2);
    assertThat(config.endToken()).isEmpty();
  }

  @Test
  void readsTheTextPartOfAModelOfSeveralKinds() throws Exception {
    write(
        "config.json",
        "{\"text_config\": {\"n_positions\": 1024, \"n_head\": 12, \"n_embd\": 768}}");
    DecoderConfig config = read();
    assertThat(config.positions()).isEqualTo(1_024);
    assertThat(config.kvHeads()).isEqualTo(12);
    assertThat(config.headWidth()).isEqualTo(64);
    assertThat(config.endTokens()).isEmpty();
  }

  @Test
  void whatIsNoJsonIsAProblem() throws Exception {
    write("config.json", "{}");
    write("generation_config.json", "{\"eos_token_id\": ");
    Problems problems = new Problems();
    DecoderConfig.read(directory, problems);
    assertThatThrownBy(() -> problems.throwIfAny("models/x"))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("models/x", "generation_config.json is not JSON");
  }

  private void write(String name, String content) throws Exception {
    Files.writeString(directory.resolve(name), content);
  }

  private DecoderConfig read() throws Exception {
    Problems problems = new Problems();
    DecoderConfig config = DecoderConfig.read(directory, problems);
    problems.throwIfAny("models/x");
    return config;
  }
}
