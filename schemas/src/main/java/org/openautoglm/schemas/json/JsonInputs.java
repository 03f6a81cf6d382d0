package org.openautoglm.schemas.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.openautoglm.schemas.flow.InputKind;
import org.openautoglm.schemas.request.InputPaths;
import org.openautoglm.schemas.request.InputRules;
import org.openautoglm.schemas.request.Lengths;
import org.openautoglm.schemas.request.Problems;
import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.Message;

/**
 * Reads {@code inputs}, whose members are texts and lists of messages, and remembers their order. A
 * member that is neither leaves an empty text in its place, so that the places of the others hold.
 * Used by one thread, for one request.
 */
final class JsonInputs implements InputPaths {
  private final JsonParser parser;
  private final JsonValues values;
  private final Problems problems;
  private final InputRules rules;

  /** The members' kinds; filled from the first conversation on. */
  private List<InputKind> kinds = List.of();

  private boolean mixed;

  JsonInputs(JsonParser parser, JsonValues values, Problems problems, InputRules rules) {
    this.parser = parser;
    this.values = values;
    this.problems = problems;
    this.rules = rules;
  }

  /** Reads the value at which the parser stands into the request. */
  void readInto(InferenceRequest.Builder request) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      values.wrong("inputs", "give a list, such as [\"a text\"]");
      return;
    }
    int count = 0;
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      if (count++ >= rules.maxInputs()) {
        parser.skipChildren();
      } else if (token == JsonToken.VALUE_STRING) {
        addText(request, parser.getText());
      } else if (token == JsonToken.START_ARRAY) {
        addConversation(request, "inputs[" + (count - 1) + "]");
      } else {
        values.wrong("inputs[" + (count - 1) + "]", "give a string or a list of messages");
        addText(request, "");
      }
    }
    if (count > rules.maxInputs()) {
      problems.add("inputs", rules.tooManyInputs(count));
    }
  }

  /** The order of texts and conversations; empty for texts, then conversations. */
  List<InputKind> order() {
    return mixed ? kinds : List.of();
  }

  private void addText(InferenceRequest.Builder request, String text) {
    if (!kinds.isEmpty()) {
      mixed = true;
      kinds.add(InputKind.TEXT);
    }
    request.addInputs(text);
  }

  private void addConversation(InferenceRequest.Builder request, String path) throws IOException {
    if (kinds.isEmpty()) {
      kinds = new ArrayList<>(Collections.nCopies(request.getInputsCount(), InputKind.TEXT));
    }
    kinds.add(InputKind.CONVERSATION);
    Conversation.Builder conversation = request.addConversationsBuilder();
    int count = 0;
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      if (count++ >= InputRules.MESSAGES_MAX) {
        parser.skipChildren();
        continue;
      }
      String messagePath = path + "[" + (count - 1) + "]";
      if (token == JsonToken.START_OBJECT) {
        readMessage(conversation.addMessagesBuilder(), messagePath);
      } else {
        values.wrong(messagePath, "give a message, {\"role\": …, \"content\": …}");
        conversation.addMessagesBuilder().setRole("?");
      }
    }
    if (count > InputRules.MESSAGES_MAX) {
      problems.add(path, Lengths.tooMany("messages", count, InputRules.MESSAGES_MAX));
    }
  }

  private void readMessage(Message.Builder message, String path) throws IOException {
    boolean hasContent = false;
    int seen = 0;
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      parser.nextToken();
      seen = JsonFields.MESSAGE.once(seen, name, problems);
      switch (name) {
        case "role" -> {
          String role = values.text(path + ".role");
          if (role != null) {
            message.setRole(role);
          }
        }
        case "content" -> {
          hasContent = true;
          String content = values.text(path + ".content");
          if (content != null) {
            message.setContent(content);
          }
        }
        default -> JsonFields.MESSAGE.refuse(path + ".", name, parser, problems);
      }
    }
    if (!hasContent) {
      problems.add(path + ".content", "is missing: give a string, which may be empty");
    }
  }

  @Override
  public String temperature() {
    return "parameters.temperature";
  }

  @Override
  public String text(int index) {
    return "inputs[" + place(InputKind.TEXT, index) + "]";
  }

  @Override
  public String conversation(int index) {
    return "inputs[" + place(InputKind.CONVERSATION, index) + "]";
  }

  @Override
  public String message(int conversation, int message) {
    return conversation(conversation) + "[" + message + "]";
  }

  private int place(InputKind kind, int index) {
    if (kinds.isEmpty()) {
      return index;
    }
    int before = index;
    for (int place = 0; ; place++) {
      if (kinds.get(place) == kind && before-- == 0) {
        return place;
      }
    }
  }
}
