package org.openautoglm.schemas.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.openautoglm.schemas.decode.Records.header;
import static org.openautoglm.schemas.decode.Records.json;

import com.google.protobuf.ByteString;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.openautoglm.schemas.flow.ContentType;
import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.request.RequestLimits;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.Settle;

class PromptDecoderTest {
  private static final String VALID = "{\"model_id\":\"m\",\"inputs\":[\"a\"]}";

  private final long[] nanos = {0};
  private final PromptDecoder decoder =
      new PromptDecoder(RequestLimits.DEFAULT, () -> nanos[0] += 700);

  @Test
  void fillsInWhereTheRecordCameFromAndWhatDecodingTook() {
    Prompt prompt = accepted(json(VALID).build());

    assertThat(prompt.getOrigin().getSource()).isEqualTo(Records.SOURCE);
    assertThat(prompt.getOrigin().getReceivedUs()).isEqualTo(42);
    assertThat(prompt.getOrigin().getContentType()).isEqualTo(ContentType.JSON);
    assertThat(prompt.getDecodeNs()).isEqualTo(700);
    assertThat(prompt.getRequest().getInputsList()).containsExactly("a");
  }

  @Test
  void callsARequestByItsFieldThenItsKeyThenItsCoordinates() {
    PromptRecord.Builder keyed = json(VALID).setKey(ByteString.copyFromUtf8("键"));
    PromptRecord named =
        json("{\"request_id\":\"r\",\"model_id\":\"m\",\"inputs\":[\"a\"]}")
            .setKey(ByteString.copyFromUtf8("k"))
            .build();

    assertThat(accepted(named).getRequest().getRequestId()).isEqualTo("r");
    assertThat(accepted(keyed.build()).getRequest().getRequestId()).isEqualTo("键");
    assertThat(accepted(json(VALID).build()).getRequest().getRequestId()).isEqualTo("prompts-3-17");
  }

  @Test
  void callsARepublishedRequestByTheCoordinatesOfTheFirst() {
    PromptRecord again =
        json(VALID).addHeaders(header("autoglm-republished-of", "old-prompts-1-5")).build();
    assertThat(accepted(again).getRequest().getRequestId()).isEqualTo("old-prompts-1-5");

    PromptRecord keyed = again.toBuilder().setKey(ByteString.copyFromUtf8("k")).build();
    assertThat(accepted(keyed).getRequest().getRequestId()).isEqualTo("k");

    PromptRecord odd = json(VALID).addHeaders(header("autoglm-republished-of", "x")).build();
    assertThat(accepted(odd).getRequest().getRequestId()).isEqualTo("prompts-3-17");
  }

  @Test
  void takesNoIdFromAKeyThatIsEmptyOrTooLong() {
    for (ByteString key :
        new ByteString[] {
          ByteString.EMPTY,
          ByteString.copyFromUtf8("x".repeat(257)),
          ByteString.copyFromUtf8("😀".repeat(257)),
          ByteString.copyFrom(new byte[129]),
          ByteString.copyFrom(new byte[1_000_000])
        }) {
      assertThat(accepted(json(VALID).setKey(key).build()).getRequest().getRequestId())
          .isEqualTo("prompts-3-17");
    }
    String longest = "😀".repeat(256);
    PromptRecord record = json(VALID).setKey(ByteString.copyFromUtf8(longest)).build();
    assertThat(accepted(record).getRequest().getRequestId()).isEqualTo(longest);
  }

  @Test
  void writesAKeyThatIsNoTextInHexadecimalAndKeepsItForTheResult() {
    for (byte[] key :
        new byte[][] {{0, 0, 0, 0, 0, 0, 0, 42}, {(byte) 0xff, 0x41}, new byte[16], {0x0a}}) {
      ByteString bytes = ByteString.copyFrom(key);
      Prompt prompt = accepted(json(VALID).setKey(bytes).build());
      assertThat(prompt.getRequest().getRequestId()).isEqualTo(HexFormat.of().formatHex(key));
      assertThat(prompt.getOrigin().getKey()).isEqualTo(bytes);
    }
    ByteString long300 = ByteString.copyFromUtf8("x".repeat(300));
    assertThat(accepted(json(VALID).setKey(long300).build()).getOrigin().getKey())
        .isEqualTo(long300);
    ByteString text = ByteString.copyFromUtf8("键");
    assertThat(accepted(json(VALID).setKey(text).build()).getOrigin().hasKey()).isFalse();
    ByteString huge = ByteString.copyFrom(new byte[1_000_000]);
    assertThat(accepted(json(VALID).setKey(huge).build()).getOrigin().hasKey()).isFalse();
  }

  @Test
  void passesTraceHeadersThroughByteForByteAndAsOftenAsTheyStand() {
    PromptRecord record =
        json(VALID)
            .addHeaders(header("traceparent", new byte[] {0, (byte) 0xff}))
            .addHeaders(header("other", "x"))
            .addHeaders(header("correlation-id", "1"))
            .addHeaders(header("correlation-id", "2"))
            .addHeaders(header("tracestate", ""))
            .build();

    assertThat(accepted(record).getOrigin().getHeadersList())
        .containsExactly(
            header("traceparent", new byte[] {0, (byte) 0xff}),
            header("correlation-id", "1"),
            header("correlation-id", "2"),
            header("tracestate", ""));
  }

  @Test
  void readsTheContentTypeWithParametersAndInAnyCase() {
    InferenceRequest request = InferenceRequest.newBuilder().setModelId("m").addInputs("a").build();
    PromptRecord.Builder record =
        PromptRecord.newBuilder().setSource(Records.SOURCE).setValue(request.toByteString());

    for (String type : new String[] {"application/x-protobuf", "Application/Protobuf; v=1"}) {
      Prompt prompt = accepted(record.clone().addHeaders(header("Content-Type", type)).build());
      assertThat(prompt.getOrigin().getContentType()).isEqualTo(ContentType.PROTOBUF);
      assertThat(prompt.getRequest().getInputsList()).containsExactly("a");
    }
    for (String type : new String[] {"application/json", "APPLICATION/JSON ;charset=utf-8"}) {
      Prompt prompt = accepted(json(VALID).addHeaders(header("content-type", type)).build());
      assertThat(prompt.getOrigin().getContentType()).isEqualTo(ContentType.JSON);
    }
  }

  @Test
  void keepsTheWholeRecordOfADeadLetter() {
    PromptRecord record = json("{").setKey(ByteString.copyFromUtf8("k")).build();

    Refusal refusal = refused(record);

    assertThat(refusal.getError().getCode()).isEqualTo("MALFORMED_RECORD");
    assertThat(refusal.getError().getRetryable()).isFalse();
    assertThat(refusal.getDeadLetter()).isEqualTo(record);
    assertThat(refusal.hasRequest()).isFalse();
    assertThat(refusal.getDecodeNs()).isEqualTo(700);
  }

  @Test
  void saysOfAnInvalidRequestWhoseItIsAndAllThatIsWrong() {
    Refusal refusal =
        refused(
            json("""
                    {"request_id": "r", "settle": "all_settled", "metadata": {"a": "b"},
                     "model_id": 5, "parameters": {"temprature": 1, "top_p": 1.5}}
                    """)
                .build());

    assertThat(refusal.getError().getCode()).isEqualTo("INVALID_REQUEST");
    assertThat(refusal.getError().getMessage())
        .isEqualTo(
            "4 problems: (1) model_id is the number 5: give a string; (2) parameters.temprature is"
                + " not a field: did you mean parameters.temperature?; (3) inputs is missing or"
                + " empty: give at least one input; (4) parameters.top_p is 1.5: give a number"
                + " above 0 and at most 1");
    assertThat(refusal.hasDeadLetter()).isFalse();
    assertThat(refusal.getRequest())
        .isEqualTo(
            InferenceRequest.newBuilder()
                .setRequestId("r")
                .setSettle(Settle.ALL_SETTLED)
                .putMetadata("a", "b")
                .build());
  }

  @Test
  void neverRepeatsNamesThatAreTooLong() {
    String name = "x".repeat(257);
    Refusal refusal =
        refused(
            json("{\"request_id\":\"%1$s\",\"model_id\":\"%1$s\",\"inputs\":[\"a\"]}"
                    .formatted(name))
                .build());

    assertThat(refusal.getError().getCode()).isEqualTo("INVALID_REQUEST");
    assertThat(refusal.getRequest().getRequestId()).isEqualTo("prompts-3-17");
    assertThat(refusal.getRequest().getModelId()).isEmpty();
  }

  private Prompt accepted(PromptRecord record) {
    assertThat(decoder.decode(record, 42)).isInstanceOf(Decoded.Accepted.class);
    return ((Decoded.Accepted) decoder.decode(record, 42)).prompt();
  }

  private Refusal refused(PromptRecord record) {
    assertThat(decoder.decode(record, 42)).isInstanceOf(Decoded.Refused.class);
    return ((Decoded.Refused) decoder.decode(record, 42)).refusal();
  }
}
