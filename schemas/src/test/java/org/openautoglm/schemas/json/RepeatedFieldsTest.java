package org.openautoglm.schemas.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.openautoglm.schemas.request.MalformedRecordException;
import org.openautoglm.schemas.request.RequestLimits;

/** A field that stands twice, known or not, at whatever depth, makes the record malformed. */
class RepeatedFieldsTest {
  private final JsonRequestReader reader = new JsonRequestReader(RequestLimits.DEFAULT);

  @Provide
  static Arbitrary<List<String>> names() {
    return Arbitraries.of(
            "model_id",
            "request_id",
            "inputs",
            "parameters",
            "settle",
            "metadata",
            "deadline_ms",
            "temperature",
            "top_k",
            "stop",
            "role",
            "content",
            "x",
            "y",
            "模型")
        .list()
        .ofMaxSize(6);
  }

  private static String object(List<String> names) {
    return names.stream()
        .map(name -> "\"" + name + "\":\"1\"")
        .collect(Collectors.joining(",", "{", "}"));
  }

  private void assertMalformedIfRepeated(List<String> names, String json) {
    boolean repeated = new HashSet<>(names).size() < names.size();
    boolean malformed;
    try {
      reader.read(ByteString.copyFromUtf8(json));
      malformed = false;
    } catch (MalformedRecordException e) {
      malformed = true;
      assertThat(e).hasMessageContaining("Duplicate");
    }
    assertThat(malformed).as(json).isEqualTo(repeated);
  }

  @Property(tries = 500)
  void atTheTop(@ForAll("names") List<String> names) {
    assertMalformedIfRepeated(names, object(names));
  }

  @Property(tries = 500)
  void inParameters(@ForAll("names") List<String> names) {
    assertMalformedIfRepeated(names, "{\"parameters\":" + object(names) + "}");
  }

  @Property(tries = 500)
  void inMetadata(@ForAll("names") List<String> names) {
    assertMalformedIfRepeated(
        names, "{\"model_id\":\"m\",\"inputs\":[\"a\"],\"metadata\":" + object(names) + "}");
  }

  @Property(tries = 500)
  void inMessages(@ForAll("names") List<String> names) {
    assertMalformedIfRepeated(names, "{\"inputs\":[[" + object(names) + "]]}");
  }

  @Property(tries = 500)
  void whereNothingIsExpected(@ForAll("names") List<String> names) {
    assertMalformedIfRepeated(names, "{\"inputs\":[{\"a\":[" + object(names) + "]}]}");
  }
}
