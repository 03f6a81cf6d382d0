package org.openautoglm.schemas.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.openautoglm.schemas.decode.Records.header;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.openautoglm.schemas.flow.InputKind;
import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.request.RequestLimits;
import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.Message;
import org.openautoglm.schemas.wire.Parameters;
import org.openautoglm.schemas.wire.Settle;

/** The same request in both formats is the same prompt. */
class FormatsAgreeTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final PromptDecoder decoder = new PromptDecoder(RequestLimits.DEFAULT, () -> 0);

  @Property(tries = 500)
  void agree(@ForAll("requests") InferenceRequest request) throws IOException {
    Prompt fromJson = accepted(Records.of(ByteString.copyFrom(json(request))).build());
    Prompt fromProtobuf =
        accepted(
            Records.of(request.toByteString())
                .addHeaders(header("content-type", "application/x-protobuf"))
                .build());

    assertThat(fromJson.getRequest()).isEqualTo(fromProtobuf.getRequest());
    assertThat(fromJson.getInputOrderList()).isEqualTo(fromProtobuf.getInputOrderList());
    assertThat(fromJson.getRequest()).isEqualTo(request);
  }

  @Test
  void carryTextsOfEveryKindUnchanged() throws IOException {
    for (String text :
        new String[] {
          "",
          " ",
          "你好，世界",
          "😀👩‍👩‍👧‍👦",
          "𠮷野家",
          "\u0000\u0001\u001f\u007f",
          "\"\\/\b\f\n\r\t",
          "\u2028\u2029\ufeff\uffff",
          "汉".repeat(350_000),
          "x".repeat(1 << 20)
        }) {
      agree(
          InferenceRequest.newBuilder()
              .setRequestId("r")
              .setModelId("m")
              .addInputs(text)
              .addInputs("next")
              .build());
    }
  }

  @Test
  void readsTextsThatAreEscapedThroughout() {
    Prompt prompt =
        accepted(
            Records.json(
                    "{\"model_id\":\"\\u006d\",\"inputs\":[\"\\u4f60\\u597d\\uD83D\\uDE00\\u0000\"]}")
                .build());

    assertThat(prompt.getRequest().getModelId()).isEqualTo("m");
    assertThat(prompt.getRequest().getInputs(0)).isEqualTo("你好😀\u0000");
    assertThat(prompt.getRequest().getInputsBytes(0).isValidUtf8()).isTrue();
  }

  @Test
  void remembersTheOrderOfMixedInputs() {
    String chat = "[{\"role\":\"user\",\"content\":\"c\"}]";
    Prompt mixed =
        accepted(
            Records.json("{\"model_id\":\"m\",\"inputs\":[\"a\"," + chat + ",\"b\"]}").build());
    Prompt textsFirst =
        accepted(Records.json("{\"model_id\":\"m\",\"inputs\":[\"a\"," + chat + "]}").build());

    assertThat(mixed.getRequest().getInputsList()).containsExactly("a", "b");
    assertThat(mixed.getRequest().getConversationsCount()).isEqualTo(1);
    assertThat(mixed.getInputOrderList())
        .containsExactly(InputKind.TEXT, InputKind.CONVERSATION, InputKind.TEXT);
    assertThat(textsFirst.getInputOrderList()).isEmpty();
  }

  @Provide
  Arbitrary<InferenceRequest> requests() {
    Arbitrary<String> texts = Arbitraries.strings().ofMaxLength(40).map(FormatsAgreeTest::whole);
    Arbitrary<InferenceRequest.Builder> inputs =
        Arbitraries.oneOf(
            texts.list().ofMinSize(1).ofMaxSize(5).map(FormatsAgreeTest::ofTexts),
            texts.list().ofMinSize(1).ofMaxSize(5).map(FormatsAgreeTest::ofConversation));
    Arbitrary<Map<String, String>> metadata = Arbitraries.maps(texts, texts).ofMaxSize(5);
    return Combinators.combine(
            inputs,
            texts,
            metadata,
            parameters(),
            Arbitraries.floats().between(0, 2).injectNull(.5))
        .as(
            (request, id, entries, parameters, temperature) -> {
              request.setModelId("m").setRequestId("r" + id).putAllMetadata(entries);
              request.setSettle(id.length() % 2 == 0 ? Settle.ALL : Settle.ALL_SETTLED);
              if (temperature != null) {
                request.setTemperature(temperature);
              }
              if (!parameters.equals(Parameters.getDefaultInstance())) {
                request.setParameters(parameters).setDeadlineMs(1 + id.length());
              }
              return request.build();
            });
  }

  private static Arbitrary<Parameters> parameters() {
    return Combinators.combine(
            Arbitraries.integers().greaterOrEqual(1).injectNull(.5),
            Arbitraries.floats().between(0, false, 1, true).injectNull(.5),
            Arbitraries.integers().greaterOrEqual(0).injectNull(.5),
            Arbitraries.longs().injectNull(.5),
            Arbitraries.floats().between(0, false, Float.MAX_VALUE, true).injectNull(.5))
        .as(
            (tokens, topP, topK, seed, penalty) -> {
              Parameters.Builder parameters = Parameters.newBuilder();
              if (tokens != null) {
                parameters.setMaxNewTokens(tokens).addStop("\n\n");
              }
              if (topP != null) {
                parameters.setTopP(topP);
              }
              if (topK != null) {
                parameters.setTopK(topK);
              }
              if (seed != null) {
                parameters.setSeed(seed);
              }
              if (penalty != null) {
                parameters.setRepetitionPenalty(penalty);
              }
              return parameters.build();
            });
  }

  private static InferenceRequest.Builder ofTexts(List<String> texts) {
    return InferenceRequest.newBuilder().addAllInputs(texts);
  }

  private static InferenceRequest.Builder ofConversation(List<String> texts) {
    Conversation.Builder conversation = Conversation.newBuilder();
    texts.forEach(
        text -> conversation.addMessages(Message.newBuilder().setRole("user").setContent(text)));
    return InferenceRequest.newBuilder().addConversations(conversation);
  }

  /** The text without halves of surrogate pairs, which neither format carries. */
  private static String whole(String text) {
    return text.codePoints()
        .filter(character -> Character.getType(character) != Character.SURROGATE)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** Another writer than the product's, so that the two cannot be wrong alike. */
  private static byte[] json(InferenceRequest request) throws IOException {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("request_id", request.getRequestId()).put("model_id", request.getModelId());
    ArrayNode inputs = json.putArray("inputs");
    request.getInputsList().forEach(inputs::add);
    for (Conversation conversation : request.getConversationsList()) {
      ArrayNode messages = inputs.addArray();
      for (Message message : conversation.getMessagesList()) {
        messages.addObject().put("role", message.getRole()).put("content", message.getContent());
      }
    }
    ObjectNode parameters = json.putObject("parameters");
    if (request.hasTemperature()) {
      parameters.put("temperature", request.getTemperature());
    }
    request
        .getParameters()
        .getAllFields()
        .forEach((field, value) -> parameters.set(field.getName(), MAPPER.valueToTree(value)));
    json.put("settle", request.getSettle() == Settle.ALL ? "all" : "all_settled");
    if (request.hasDeadlineMs()) {
      json.put("deadline_ms", request.getDeadlineMs());
    }
    ObjectNode metadata = json.putObject("metadata");
    request.getMetadataMap().forEach(metadata::put);
    return MAPPER.writeValueAsBytes(json);
  }

  private Prompt accepted(PromptRecord record) {
    Decoded decoded = decoder.decode(record, 0);
    assertThat(decoded).isInstanceOf(Decoded.Accepted.class);
    return ((Decoded.Accepted) decoded).prompt();
  }
}
