package org.openautoglm.schemas.corpus;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.openautoglm.schemas.request.RequestLimits;

/** Values that are not text, not UTF-8, not there, or not what their content type says. */
final class BadBytes {
  private static final String REQUEST = "{\"model_id\":\"bge-small-zh\",\"inputs\":[\"é你好\"]}";
  private static final String BEFORE = "{\"model_id\":\"bge-small-zh\",\"inputs\":[\"";
  private static final String AFTER = "\"]}";

  private BadBytes() {}

  static void addTo(Corpus corpus) {
    addNothing(corpus);
    addEncodings(corpus);
    addFormats(corpus);
    addContentTypes(corpus);
    corpus.withHeader(
        "huge-correlation-id",
        "correlation-id",
        100_000,
        "{\"model_id\":\"bge-small-zh\",\"inputs\":[\"a\"]}".getBytes(UTF_8),
        "correlation-id",
        "16,384");
  }

  private static void addNothing(Corpus corpus) {
    corpus.tombstone("tombstone", false, "no value");
    corpus.tombstone("tombstone-protobuf", true, "no value");
    corpus.malformed("empty-value", "", "empty");
    corpus.malformedProtobuf("empty-value-protobuf", new byte[0], "empty");
    corpus.malformed("blank-value", " \r\n\t ", "blank");
    int size = RequestLimits.DEFAULT.maxRecordBytes() + 1;
    String padding = " ".repeat(size - REQUEST.getBytes(UTF_8).length);
    corpus.malformed("over-the-size-limit", REQUEST + padding, "16,777,217 bytes", "16,777,216");
  }

  private static void addEncodings(Corpus corpus) {
    corpus.malformed("utf8-truncated-sequence", Corpus.around(BEFORE, "e4bd", AFTER), "UTF-8");
    corpus.malformed("utf8-cut-at-the-end", Corpus.around(BEFORE, "e4bda0e5a5", ""), "UTF-8");
    corpus.malformed("utf8-lone-continuation", Corpus.around(BEFORE, "80", AFTER), "UTF-8");
    corpus.malformed("utf8-overlong-slash", Corpus.around(BEFORE, "c0af", AFTER), "UTF-8");
    corpus.malformed("utf8-overlong-nul", Corpus.around(BEFORE, "c080", AFTER), "UTF-8");
    corpus.malformed("utf8-overlong-three", Corpus.around(BEFORE, "e080af", AFTER), "UTF-8");
    corpus.malformed("utf8-overlong-four", Corpus.around(BEFORE, "f08080af", AFTER), "UTF-8");
    corpus.malformed("utf8-surrogate", Corpus.around(BEFORE, "eda080", AFTER), "UTF-8");
    corpus.malformed("utf8-cesu-pair", Corpus.around(BEFORE, "eda0bdedb880", AFTER), "UTF-8");
    corpus.malformed("utf8-above-unicode", Corpus.around(BEFORE, "f4908080", AFTER), "UTF-8");
    corpus.malformed("utf8-five-bytes", Corpus.around(BEFORE, "f888808080", AFTER), "UTF-8");
    corpus.malformed("utf8-byte-ff", Corpus.around(BEFORE, "ff", AFTER), "UTF-8");
    corpus.malformed("utf8-bad-in-a-name", Corpus.around("{\"", "ff", "\":1}"), "UTF-8");
    corpus.malformed("utf8-bad-after-the-end", Corpus.around(REQUEST, "ff", ""), "UTF-8");
    corpus.malformed("latin-1", REQUEST.replace("你好", "").getBytes(ISO_8859_1), "UTF-8");
    corpus.malformed("gbk", REQUEST.replace("é", "").getBytes(Charset.forName("GBK")), "UTF-8");
    corpus.malformed("utf16-little-endian", REQUEST.getBytes(UTF_16LE), "UTF-8");
    corpus.malformed("utf16-big-endian", REQUEST.getBytes(UTF_16BE), "UTF-8");
    String ascii = "{\"model_id\":\"bge-small-zh\",\"inputs\":[\"a\"]}";
    corpus.malformed("utf16-ascii-little-endian", ascii.getBytes(UTF_16LE), "zero byte");
    corpus.malformed("utf16-ascii-big-endian", ascii.getBytes(UTF_16BE), "zero byte");
    corpus.malformed("utf16-with-mark", ("\ufeff" + ascii).getBytes(UTF_16LE), "UTF-8");
    corpus.malformed("utf32", ascii.getBytes(Charset.forName("UTF-32")), "zero byte");
    corpus.malformed("utf8-with-mark", "\ufeff" + ascii, "byte order mark");
  }

  private static void addFormats(Corpus corpus) {
    byte[] noise = new byte[1000];
    new Random(17).nextBytes(noise);
    corpus.malformed("binary-noise", noise, "UTF-8");
    corpus.malformedProtobuf("binary-noise-as-protobuf", noise, "protobuf");
    corpus.malformed("gzip", gzip(REQUEST), "UTF-8", "gzip", "compression.type");
    corpus.malformedProtobuf("gzip-as-protobuf", gzip(REQUEST), "protobuf");
    corpus.malformed("zeros", new byte[64], "zero byte");
    corpus.malformed(
        "xml", "<request><model_id>bge-small-zh</model_id></request>", "not valid JSON");
    corpus.malformed("csv", "model_id,input\nbge-small-zh,你好\n", "not valid JSON");
    corpus.malformed("yaml", "model_id: bge-small-zh\ninputs: [你好]\n", "not valid JSON");
    corpus.malformed("form", "model_id=bge-small-zh&inputs=a", "not valid JSON");
    corpus.malformed("plain-text", "今天天气怎么样？", "not valid JSON");
    corpus.malformed("framed-avro", Corpus.around("", "000000002a0a6d3602", "x"), "zero", "42");
    corpus.malformed("framed-nothing", Corpus.around("", "0000000011", "{"), "zero", "17", "JSON");
  }

  private static void addContentTypes(Corpus corpus) {
    byte[] request = REQUEST.getBytes(UTF_8);
    String accepted = "application/x-protobuf";
    corpus.withContentType("content-type-text", "text/plain", request, "text/plain", accepted);
    corpus.withContentType("content-type-xml", "application/xml", request, accepted);
    corpus.withContentType("content-type-avro", "avro/binary", request, accepted);
    corpus.withContentType("content-type-short", "json", request, accepted);
    corpus.withContentType("content-type-list", "application/json, text/plain", request, accepted);
    corpus.withContentType(
        "content-type-events", "application/cloudevents-batch+json", request, "one event");
    byte[] noData = "{\"specversion\":\"1.0\",\"id\":\"1\"}".getBytes(UTF_8);
    String event = "application/cloudevents+json";
    corpus.withContentType("event-without-data", event, noData, "no data");
    corpus.withContentType("event-that-is-none", event, "[]".getBytes(UTF_8), "CloudEvent");
    corpus.withContentType("event-cut-short", event, "{\"data\":{".getBytes(UTF_8), "CloudEvent");
    corpus.withContentType("content-type-noise", "\u0000\u0001", request, accepted);
    corpus.malformedProtobuf("json-as-protobuf", request, "protobuf");
  }

  private static byte[] gzip(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(text.getBytes(UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
