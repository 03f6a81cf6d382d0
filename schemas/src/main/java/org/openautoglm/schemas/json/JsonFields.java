package org.openautoglm.schemas.json;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.List;
import org.openautoglm.schemas.request.Excerpt;
import org.openautoglm.schemas.request.NearestName;
import org.openautoglm.schemas.request.Problems;

/**
 * The fields that an object of the contract has, for the message about one that it has not.
 *
 * @param names the fields
 * @param near what else a client may have meant
 */
record JsonFields(List<String> names, List<String> near) {
  static final JsonFields PARAMETERS =
      new JsonFields(
          List.of(
              "temperature",
              "max_new_tokens",
              "top_p",
              "top_k",
              "seed",
              "repetition_penalty",
              "stop"),
          List.of());

  static final JsonFields MESSAGE = new JsonFields(List.of("role", "content"), List.of());

  static final JsonFields REQUEST =
      new JsonFields(
          List.of(
              "request_id",
              "model_id",
              "inputs",
              "parameters",
              "settle",
              "deadline_ms",
              "metadata"),
          PARAMETERS.names.stream().map(name -> "parameters." + name).toList());

  /**
   * Notes a field that stands twice in its object. Jackson can find all of them, whatever they are
   * called, but takes longer for it than for the fields themselves.
   *
   * @param seen what this gave for the fields before; 0 at first
   */
  int once(int seen, String name, Problems problems) {
    int place = names.indexOf(name);
    if (place < 0) {
      return seen;
    }
    int field = 1 << place;
    if ((seen & field) != 0) {
      problems.add(name, "stands twice: give it once");
    }
    return seen | field;
  }

  /**
   * Notes a field that does not exist, with the nearest that does, and skips its value.
   *
   * @param prefix the path of the object, with its dot
   */
  void refuse(String prefix, String name, JsonParser parser, Problems problems) throws IOException {
    String mend =
        NearestName.of(name, names)
            .or(() -> NearestName.of(name, near))
            .map(nearest -> ": did you mean " + prefix + nearest + "?")
            .orElse(": leave it out; there are " + String.join(", ", names));
    problems.add(prefix + Excerpt.of(name), "is not a field" + mend);
    parser.skipChildren();
  }
}
