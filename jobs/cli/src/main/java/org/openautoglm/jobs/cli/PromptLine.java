package org.openautoglm.jobs.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;

/**
 * A prompt as somebody wrote it on the command line or in a file, made a record of the prompts
 * topic.
 *
 * @param id the request's id, and the record's key
 * @param body a request as JSON
 */
record PromptLine(String id, String body) {
  private static final JsonFactory JSON = new JsonFactory();

  /** A request of one text. */
  static PromptLine ofText(String text, String model) {
    String body = "{\"model_id\":" + quoted(model) + ",\"inputs\":[" + quoted(text) + "]}";
    return new PromptLine(UUID.randomUUID().toString(), body);
  }

  /**
   * A line of a file: a request (it begins with a brace), a JSON string, or plain text. A request
   * travels as it is written, with the model put in where it names none.
   *
   * @throws IOException says what is wrong with the line
   */
  static PromptLine ofLine(String line, Optional<String> model) throws IOException {
    String text = line.strip();
    if (text.startsWith("{")) {
      return ofRequest(text, model);
    }
    String given =
        model.orElseThrow(
            () -> new IOException("a text needs a model; give --model, or write a request"));
    return ofText(text.startsWith("\"") ? unquoted(text).orElse(line) : line, given);
  }

  private static PromptLine ofRequest(String text, Optional<String> model) throws IOException {
    boolean hasModel = false;
    boolean empty = true;
    String id = null;
    try (JsonParser parser = JSON.createParser(text)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        empty = false;
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        hasModel |= name.equals("model_id");
        if (name.equals("request_id") && value == JsonToken.VALUE_STRING) {
          id = parser.getText();
        }
        parser.skipChildren();
      }
      if (parser.nextToken() != null) {
        throw new IOException("there is something after the request's last brace");
      }
    } catch (JsonProcessingException e) {
      throw new IOException("this is not JSON: " + e.getOriginalMessage(), e);
    }
    String body = text;
    if (!hasModel) {
      String given =
          model.orElseThrow(() -> new IOException("the request names no model; give --model"));
      body = "{\"model_id\":" + quoted(given) + (empty ? "" : ",") + text.substring(1);
    }
    return new PromptLine(id == null || id.isEmpty() ? UUID.randomUUID().toString() : id, body);
  }

  private static Optional<String> unquoted(String text) throws IOException {
    try (JsonParser parser = JSON.createParser(text)) {
      parser.nextToken();
      String string = parser.getText();
      return parser.nextToken() == null ? Optional.of(string) : Optional.empty();
    } catch (JsonProcessingException e) {
      // Speech, for example: it is plain text that begins with a quotation mark.
      return Optional.empty();
    }
  }

  private static String quoted(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }
}
