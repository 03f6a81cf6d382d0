package org.openautoglm.operators.inference.generation.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import jinjava.javax.el.ELException;

/**
 * {@code tojson} as Hugging Face redefines it for chat templates: Python's {@code json.dumps} with
 * its spaces, an optional {@code indent}, and Unicode as it is.
 */
final class ToJson implements Filter {
  private static final JsonMapper STRINGS = new JsonMapper();
  private static final int DEPTH_MAX = 64;

  @Override
  public String getName() {
    return "tojson";
  }

  @Override
  public Object filter(
      Object value, JinjavaInterpreter interpreter, Object[] arguments, Map<String, Object> named) {
    Object indent = named.getOrDefault("indent", arguments.length > 0 ? arguments[0] : null);
    StringBuilder json = new StringBuilder();
    write(value, json, indent instanceof Number number ? number.intValue() : -1, 0);
    return json.toString();
  }

  @Override
  public Object filter(Object value, JinjavaInterpreter interpreter, String... arguments) {
    return filter(value, interpreter, Arrays.copyOf(arguments, 0, Object[].class), Map.of());
  }

  private static void write(Object value, StringBuilder json, int indent, int depth) {
    if (depth > DEPTH_MAX) {
      throw new ELException("tojson: more than " + DEPTH_MAX + " levels");
    }
    if (value instanceof Map<?, ?> map) {
      String separator = "{";
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.append(separator);
        breakLine(json, indent, depth + 1, separator);
        separator = ",";
        json.append(scalar(String.valueOf(entry.getKey()))).append(": ");
        write(entry.getValue(), json, indent, depth + 1);
      }
      close(json, indent, depth, map.isEmpty() ? "{}" : "}");
    } else if (value instanceof List<?> list) {
      String separator = "[";
      for (Object element : list) {
        json.append(separator);
        breakLine(json, indent, depth + 1, separator);
        separator = ",";
        write(element, json, indent, depth + 1);
      }
      close(json, indent, depth, list.isEmpty() ? "[]" : "]");
    } else {
      json.append(scalar(value));
    }
  }

  private static void breakLine(StringBuilder json, int indent, int depth, String separator) {
    if (indent >= 0) {
      json.append('\n').append(" ".repeat(Math.min(indent, 16) * depth));
    } else if (separator.equals(",")) {
      json.append(' ');
    }
  }

  private static void close(StringBuilder json, int indent, int depth, String bracket) {
    if (indent >= 0 && bracket.length() == 1) {
      breakLine(json, indent, depth, bracket);
    }
    json.append(bracket);
  }

  private static String scalar(Object value) {
    try {
      return STRINGS.writeValueAsString(
          value instanceof String || value instanceof Number || value instanceof Boolean
              ? value
              : value == null ? null : value.toString());
    } catch (JsonProcessingException e) {
      throw new ELException("tojson: " + e.getOriginalMessage());
    }
  }
}
