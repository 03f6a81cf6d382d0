package org.openautoglm.schemas.decode;

import java.util.Locale;
import org.openautoglm.schemas.request.Excerpt;
import org.openautoglm.schemas.request.MalformedRecordException;

/** What a content type's many names mean to a reader of requests. */
enum MediaType {
  /** Nothing is said: JSON, unless a schema registry's frame holds something else. */
  UNSAID,
  JSON,
  PROTOBUF,
  /** A CloudEvent in structured mode, whose data is the request. */
  CLOUD_EVENT;

  /**
   * Reads a {@code content-type} header. Case and what follows a semicolon, such as a charset, do
   * not matter, nor quotes around all of it, as header mappers write them.
   *
   * @throws MalformedRecordException for one that names no format of requests
   */
  static MediaType of(String header) throws MalformedRecordException {
    String value = header.strip();
    if (value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")) {
      value = value.substring(1, value.length() - 1);
    }
    int end = value.indexOf(';');
    String type = (end < 0 ? value : value.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    return switch (type) {
      case "" -> UNSAID;
      case "application/json", "text/json", "application/x-json" -> JSON;
      case "application/x-protobuf",
          "application/protobuf",
          "application/x-google-protobuf",
          "application/vnd.google.protobuf" ->
          PROTOBUF;
      case "application/cloudevents+json" -> CLOUD_EVENT;
      case "application/cloudevents-batch+json" ->
          throw new MalformedRecordException(
              "the record is a batch of CloudEvents: publish one event in one record");
      default -> bySuffix(type, header);
    };
  }

  private static MediaType bySuffix(String type, String header) throws MalformedRecordException {
    boolean isOneType = type.chars().allMatch(c -> c > ' ' && c < 0x7f && c != ',');
    if (isOneType && type.indexOf('/') > 0 && type.endsWith("+json")) {
      return JSON;
    }
    if (isOneType && type.indexOf('/') > 0 && type.endsWith("+protobuf")) {
      return PROTOBUF;
    }
    throw new MalformedRecordException(
        "the content-type header is \""
            + Excerpt.of(header)
            + "\": give application/json or application/x-protobuf");
  }
}
