package org.openautoglm.schemas.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.openautoglm.schemas.decode.Records.header;
import static org.openautoglm.schemas.decode.Records.json;

import com.google.protobuf.ByteString;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openautoglm.schemas.flow.ContentType;
import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.request.RequestLimits;
import org.openautoglm.schemas.wire.InferenceRequest;

/** Requests as registries' serialisers, event frameworks and header mappers publish them. */
class WrappedValuesTest {
  private static final String REQUEST = "{\"model_id\":\"m\",\"inputs\":[\"你好\"]}";
  private static final ByteString MESSAGE =
      InferenceRequest.newBuilder().setModelId("m").addInputs("你好").build().toByteString();

  private final PromptDecoder decoder = new PromptDecoder(RequestLimits.DEFAULT, System::nanoTime);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "Application/JSON; charset=UTF-8",
        "\"application/json\"",
        "\"application/json;charset=utf-8\"",
        "text/json",
        "application/x-json",
        "application/vnd.acme.prompt.v2+json",
        "application/problem+json ; v=1",
        "",
        " ",
        ";"
      })
  void readsJsonByAnyOfItsNames(String type) {
    Prompt prompt = accepted(json(REQUEST).addHeaders(header("Content-Type", type)));
    assertThat(prompt.getOrigin().getContentType()).isEqualTo(ContentType.JSON);
    assertThat(prompt.getRequest().getInputsList()).containsExactly("你好");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/x-protobuf",
        "application/vnd.google.protobuf",
        "application/x-google-protobuf; messageType=autoglm.v1.InferenceRequest",
        "application/vnd.acme+protobuf"
      })
  void readsProtobufByAnyOfItsNames(String type) {
    Prompt prompt = accepted(Records.of(MESSAGE).addHeaders(header("content-type", type)));
    assertThat(prompt.getOrigin().getContentType()).isEqualTo(ContentType.PROTOBUF);
  }

  @Test
  void aContentTypeWithoutAValueSaysNothing() {
    PromptRecord.Builder record = json(REQUEST);
    record.addHeadersBuilder().setKey("content-type");
    assertThat(accepted(record).getOrigin().getContentType()).isEqualTo(ContentType.JSON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0000000011", "00ffffffff", "007b227b22", "000000000000000011"})
  void readsPastTheFrameOfASchemaRegistryBeforeJson(String frame) {
    ByteString value = bytes(frame).concat(ByteString.copyFromUtf8(" " + REQUEST));
    if (frame.length() == 18) {
      value = bytes(frame).concat(ByteString.copyFromUtf8(REQUEST));
    }
    Prompt unsaid = accepted(Records.of(value));
    assertThat(unsaid.getOrigin().getContentType()).isEqualTo(ContentType.JSON);
    assertThat(unsaid.getRequest().getInputsList()).containsExactly("你好");
    Prompt said = accepted(Records.of(value).addHeaders(header("content-type", "text/json")));
    assertThat(said.getRequest()).isEqualTo(unsaid.getRequest());
  }

  /** The first message of a schema is one zero; others are a count and so many indexes. */
  @ParameterizedTest
  @ValueSource(strings = {"00", "0200", "0202", "040204"})
  void readsPastTheFrameOfASchemaRegistryBeforeProtobuf(String indexes) {
    ByteString value = bytes("0000000011" + indexes).concat(MESSAGE);
    for (PromptRecord.Builder record :
        new PromptRecord.Builder[] {
          Records.of(value),
          Records.of(value).addHeaders(header("content-type", "application/x-protobuf"))
        }) {
      Prompt prompt = accepted(record);
      assertThat(prompt.getOrigin().getContentType()).isEqualTo(ContentType.PROTOBUF);
      assertThat(prompt.getRequest().getInputsList()).containsExactly("你好");
    }
  }

  @Test
  void saysWhatIsWrongBehindAFrame() {
    Refusal refusal =
        refused(Records.of(bytes("000000002a").concat(ByteString.copyFromUtf8("{\"a\":"))));
    assertThat(refusal.getError().getCode()).isEqualTo("MALFORMED_RECORD");
    assertThat(refusal.getError().getMessage()).contains("schema id 42", "not valid JSON");
    assertThat(refusal.hasDeadLetter()).isTrue();
  }

  @Test
  void takesTheRequestOutOfACloudEventInStructuredMode() {
    String base64 = Base64.getEncoder().encodeToString(REQUEST.getBytes(UTF_8));
    for (String data :
        new String[] {
          "\"data\":" + REQUEST,
          "\"datacontenttype\":\"application/json\",\"data\": " + REQUEST + " ",
          "\"data_base64\":\"" + base64 + "\"",
          "\"data\":\"" + REQUEST.replace("\"", "\\\"") + "\""
        }) {
      Prompt prompt =
          accepted(
              event("{\"specversion\":\"1.0\",\"id\":\"e-1\",\"x\":{\"y\":[1]}," + data + "}"));
      assertThat(prompt.getRequest().getInputsList()).containsExactly("你好");
      assertThat(prompt.getRequest().getRequestId()).isEqualTo("e-1");
      assertThat(prompt.getOrigin().getContentType()).isEqualTo(ContentType.JSON);
    }
    String message = Base64.getEncoder().encodeToString(MESSAGE.toByteArray());
    Prompt prompt =
        accepted(
            event(
                "{\"datacontenttype\":\"application/protobuf\",\"data_base64\":\""
                    + message
                    + "\"}"));
    assertThat(prompt.getOrigin().getContentType()).isEqualTo(ContentType.PROTOBUF);
    assertThat(prompt.getRequest().getRequestId()).isEqualTo("prompts-3-17");
  }

  @Test
  void callsARequestInACloudEventByItsFieldThenItsKeyThenTheEvent() {
    PromptRecord.Builder binary = json(REQUEST).addHeaders(header("ce_id", "e-2"));
    assertThat(accepted(binary).getRequest().getRequestId()).isEqualTo("e-2");
    binary.setKey(ByteString.copyFromUtf8("k"));
    assertThat(accepted(binary).getRequest().getRequestId()).isEqualTo("k");
    PromptRecord.Builder structured =
        event("{\"id\":\"e\",\"data\":" + REQUEST.replace("{", "{\"request_id\":\"r\",") + "}");
    assertThat(accepted(structured).getRequest().getRequestId()).isEqualTo("r");
  }

  @Test
  void saysWhatIsWrongWithTheRequestInAnEvent() {
    Refusal refusal = refused(event("{\"id\":\"e\",\"data\":{\"model_id\":\"m\"}}"));
    assertThat(refusal.getError().getCode()).isEqualTo("INVALID_REQUEST");
    assertThat(refusal.getRequest().getRequestId()).isEqualTo("e");
  }

  private static PromptRecord.Builder event(String value) {
    return json(value).addHeaders(header("content-type", "application/cloudevents+json"));
  }

  private static ByteString bytes(String hex) {
    return ByteString.copyFrom(HexFormat.of().parseHex(hex));
  }

  private Prompt accepted(PromptRecord.Builder record) {
    assertThat(decoder.decode(record.build(), 42)).isInstanceOf(Decoded.Accepted.class);
    return ((Decoded.Accepted) decoder.decode(record.build(), 42)).prompt();
  }

  private Refusal refused(PromptRecord.Builder record) {
    assertThat(decoder.decode(record.build(), 42)).isInstanceOf(Decoded.Refused.class);
    return ((Decoded.Refused) decoder.decode(record.build(), 42)).refusal();
  }
}
