package org.openautoglm.schemas.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.openautoglm.schemas.decode.Records.header;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.request.RequestLimits;
import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.Message;
import org.openautoglm.schemas.wire.Parameters;
import org.openautoglm.schemas.wire.Settle;

/** Whatever the bytes, decoding answers. */
class AnyBytesTest {
  private static final byte[] JSON =
      """
      {"request_id": "r-17", "model_id": "bge-small-zh",
       "inputs": ["你好", "😀\\ud83d\\ude00\\n", "", [{"role": "user", "content": "a"}]],
       "parameters": {"max_new_tokens": 64, "temperature": 0.7, "top_p": 0.9, "top_k": 40,
         "seed": 7, "repetition_penalty": 1.1, "stop": ["\\n\\n"]},
       "settle": "all_settled", "deadline_ms": 5000, "metadata": {"any": "string"}}"""
          .getBytes(UTF_8);

  private static final byte[] PROTOBUF =
      InferenceRequest.newBuilder()
          .setRequestId("r-17")
          .setModelId("bge-small-zh")
          .addConversations(
              Conversation.newBuilder()
                  .addMessages(Message.newBuilder().setRole("user").setContent("😀")))
          .setTemperature(0.7f)
          .setParameters(Parameters.newBuilder().setTopP(0.9f).addStop("\n\n"))
          .setSettle(Settle.ALL_SETTLED)
          .setDeadlineMs(5000)
          .putMetadata("any", "string")
          .build()
          .toByteArray();

  private final PromptDecoder decoder = new PromptDecoder(RequestLimits.DEFAULT, () -> 0);

  @Test
  void acceptsTheSamplesThemselves() {
    assertThat(decode(JSON, false)).isInstanceOf(Decoded.Accepted.class);
    assertThat(decode(PROTOBUF, true)).isInstanceOf(Decoded.Accepted.class);
  }

  @Test
  void refusesJsonCutAnywhere() {
    for (int length = 0; length < JSON.length; length++) {
      assertThat(refusal(Arrays.copyOf(JSON, length), false).getError().getCode())
          .isEqualTo("MALFORMED_RECORD");
    }
  }

  @Test
  void answersProtobufCutAnywhere() {
    for (int length = 0; length < PROTOBUF.length; length++) {
      assertAnswer(Arrays.copyOf(PROTOBUF, length), true);
    }
  }

  @Property(tries = 2000)
  void answersNoise(@ForAll byte[] bytes, @ForAll boolean protobuf) {
    assertAnswer(bytes, protobuf);
  }

  @Property(tries = 2000)
  void answersMutatedJson(
      @ForAll @Size(min = 1, max = 4) byte[] patch, @ForAll @IntRange(max = 400) int at) {
    assertAnswer(patched(JSON, patch, at), false);
  }

  @Property(tries = 2000)
  void answersMutatedProtobuf(
      @ForAll @Size(min = 1, max = 4) byte[] patch, @ForAll @IntRange(max = 100) int at) {
    assertAnswer(patched(PROTOBUF, patch, at), true);
  }

  @Property(tries = 3000)
  void answersTextMadeOfJsonsOwnCharacters(@ForAll("likeJson") String text) {
    assertAnswer(("{" + text).getBytes(UTF_8), false);
  }

  @Provide
  Arbitrary<String> likeJson() {
    return Arbitraries.of(
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"",
            "\\",
            "\\u",
            "d83d",
            "de00",
            "\"inputs\":",
            "\"model_id\":\"m\"",
            "\"parameters\":{",
            "\"stop\":[",
            "\"role\":",
            "\"x\"",
            "1",
            "-",
            "e99",
            ".5",
            "null",
            "true",
            " ",
            "你",
            "😀",
            "\u0000",
            "\u2028")
        .list()
        .ofMaxSize(30)
        .map(parts -> String.join("", parts));
  }

  private void assertAnswer(byte[] bytes, boolean protobuf) {
    Decoded decoded = decode(bytes, protobuf);
    if (decoded instanceof Decoded.Accepted accepted) {
      InferenceRequest request = accepted.prompt().getRequest();
      assertThat(request.getModelId()).isNotEmpty();
      assertThat(request.getInputsCount() + request.getConversationsCount()).isPositive();
      assertThat(request.toByteString().size()).isPositive();
    } else {
      Refusal refusal = ((Decoded.Refused) decoded).refusal();
      assertThat(refusal.getError().getCode()).isIn("MALFORMED_RECORD", "INVALID_REQUEST");
      assertThat(refusal.getError().getMessage()).doesNotContain("could not be read", "Exception");
    }
  }

  private Refusal refusal(byte[] bytes, boolean protobuf) {
    Decoded decoded = decode(bytes, protobuf);
    assertThat(decoded).isInstanceOf(Decoded.Refused.class);
    return ((Decoded.Refused) decoded).refusal();
  }

  private Decoded decode(byte[] bytes, boolean protobuf) {
    PromptRecord.Builder record = Records.of(ByteString.copyFrom(bytes));
    if (protobuf) {
      record.addHeaders(header("content-type", "application/x-protobuf"));
    }
    return decoder.decode(record.build(), 0);
  }

  private static byte[] patched(byte[] bytes, byte[] patch, int at) {
    byte[] patched = bytes.clone();
    for (int i = 0; i < patch.length; i++) {
      patched[(at + i) % patched.length] = patch[i];
    }
    return patched;
  }
}
