package org.openautoglm.schemas.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.openautoglm.schemas.request.Excerpt;
import org.openautoglm.schemas.request.InputRules;
import org.openautoglm.schemas.request.MalformedRecordException;
import org.openautoglm.schemas.request.Problems;
import org.openautoglm.schemas.request.ReadRequest;
import org.openautoglm.schemas.request.RequestLimits;
import org.openautoglm.schemas.request.RequestRules;
import org.openautoglm.schemas.wire.InferenceRequest;

/**
 * Reads a request from JSON, strictly.
 *
 * <p>The bytes must be UTF-8 without a byte order mark and hold one JSON object (RFC 8259) and
 * nothing after it, nested at most {@value #DEPTH_MAX} deep, with no field twice. What the object
 * says is then read to its end, and everything that breaks the contract is gathered. A field whose
 * value is {@code null} has the wrong type: absent fields are left out.
 *
 * <p>Immutable and thread-safe.
 */
public final class JsonRequestReader {
  /**
   * A request is at most five deep; the rest is what an unknown field may hold before it is named.
   */
  public static final int DEPTH_MAX = 16;

  private static final int NUMBER_CHARS_MAX = 100;

  private final JsonFactory fast;
  private final JsonFactory strict;
  private final RequestRules rules;
  private final InputRules inputRules;

  public JsonRequestReader(RequestLimits limits) {
    rules = new RequestRules(limits);
    inputRules = new InputRules(limits);
    fast = factory(limits, false);
    strict = factory(limits, true);
  }

  private static JsonFactory factory(RequestLimits limits, boolean findsAllTwins) {
    return JsonFactory.builder()
        .configure(StreamReadFeature.STRICT_DUPLICATE_DETECTION, findsAllTwins)
        .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
        // Names come from clients: interned, they would stay in the process.
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .recyclerPool(JsonRecyclerPools.threadLocalPool())
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(DEPTH_MAX)
                .maxNumberLength(NUMBER_CHARS_MAX)
                .maxStringLength(limits.maxRecordBytes())
                .maxDocumentLength(limits.maxRecordBytes())
                .build())
        .build();
  }

  /**
   * Reads a record's value.
   *
   * @throws MalformedRecordException where it holds no JSON object; everything else is among the
   *     problems of what is returned
   */
  public ReadRequest read(ByteString value) throws MalformedRecordException {
    String json = JsonText.of(value);
    try (JsonParser parser = fast.createParser(json)) {
      ReadRequest read = read(parser);
      if (read.problems().isEmpty()) {
        return read;
      }
    } catch (JsonProcessingException | MalformedRecordException ignored) {
      // Read once more below, which finds what is wrong first.
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory failed", e);
    }
    return readStrictly(value);
  }

  /**
   * Reads once more what is not in order. Only then can a field stand twice where {@link
   * JsonFields#once} does not look: in the value of a field that there is not, or of the wrong
   * type.
   */
  private ReadRequest readStrictly(ByteString json) throws MalformedRecordException {
    // From bytes, so that it can say at which byte.
    try (JsonParser parser = strict.createParser(json.toByteArray())) {
      return read(parser);
    } catch (JsonProcessingException e) {
      throw new MalformedRecordException(explained(e));
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory failed", e);
    }
  }

  private ReadRequest read(JsonParser parser) throws IOException, MalformedRecordException {
    JsonToken first = parser.nextToken();
    if (first != JsonToken.START_OBJECT) {
      throw new MalformedRecordException(
          first == null
              ? "the record is blank: publish a JSON object"
              : "the record is JSON, but not an object: publish {\"model_id\": …, \"inputs\": […]}");
    }
    Problems problems = new Problems();
    InferenceRequest.Builder request = InferenceRequest.newBuilder();
    JsonValues values = new JsonValues(parser, problems);
    JsonInputs inputs = new JsonInputs(parser, values, problems, inputRules);
    int seen = 0;
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      parser.nextToken();
      seen = JsonFields.REQUEST.once(seen, name, problems);
      switch (name) {
        case "inputs" -> inputs.readInto(request);
        case "parameters" -> new JsonParameters(parser, values, problems).readInto(request);
        default -> new JsonEnvelope(parser, values, problems).readInto(request, name);
      }
    }
    if (parser.nextToken() != null) {
      throw new MalformedRecordException(
          "something follows the JSON object: publish one request in one record");
    }
    rules.check(request, inputs, problems);
    return new ReadRequest(request, inputs.order(), problems);
  }

  /** The parser's message without its hints to programmers. */
  private static String explained(JsonProcessingException e) {
    String message = e.getOriginalMessage();
    if (message.contains("nesting depth")) {
      return "the record is nested deeper than " + DEPTH_MAX + " levels";
    }
    String reason = message.replaceAll("\\s*\\([^()]*`[^`]*`[^()]*\\)|, from `[^`]*`", "");
    String place =
        e.getLocation() == null ? "" : " at byte " + Math.max(0, e.getLocation().getByteOffset());
    return "the record is not valid JSON" + place + ": " + Excerpt.ofLine(reason);
  }
}
