package org.openautoglm.operators.inference.generation.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.util.ForLoop;
import java.beans.FeatureDescriptor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELException;
import jinjava.javax.el.ELResolver;

/**
 * What a template can do with values: members of maps, elements of lists, characters of strings,
 * the loop's counters, and Python's methods of strings and maps. There is no way from here to a
 * method or a field of Java: a template comes from a model directory and is not to be trusted.
 */
final class PythonObjects extends ELResolver {

  @Override
  public Object getValue(ELContext context, Object base, Object property) {
    if (base == null) {
      return null;
    }
    context.setPropertyResolved(true);
    String name = String.valueOf(property);
    if (base instanceof Map<?, ?> map) {
      return map.get(name);
    }
    if (base instanceof List<?> list) {
      int index = index(name, list.size());
      return index < 0 ? null : list.get(index);
    }
    if (base instanceof String text) {
      int length = text.codePointCount(0, text.length());
      int index = index(name, length);
      return index < 0
          ? null
          : Character.toString(text.codePointAt(text.offsetByCodePoints(0, index)));
    }
    if (base instanceof Map.Entry<?, ?> entry) {
      return name.equals("0") ? entry.getKey() : name.equals("1") ? entry.getValue() : null;
    }
    return base instanceof ForLoop loop ? counter(loop, name) : null;
  }

  private static int index(String name, int size) {
    try {
      int index = Integer.parseInt(name);
      int place = index < 0 ? index + size : index;
      return place < size ? place : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static Object counter(ForLoop loop, String name) {
    return switch (name) {
      case "index" -> (long) loop.getIndex();
      case "index0" -> (long) loop.getIndex0();
      case "revindex" -> (long) loop.getRevindex();
      case "revindex0" -> (long) loop.getRevindex0();
      case "first" -> loop.isFirst();
      case "last" -> loop.isLast();
      case "length" -> (long) loop.getLength();
      case "depth" -> (long) loop.getDepth();
      case "depth0" -> (long) loop.getDepth0();
      default -> null;
    };
  }

  @Override
  public Object invoke(
      ELContext context, Object base, Object method, Class<?>[] types, Object[] arguments) {
    context.setPropertyResolved(true);
    String name = String.valueOf(method);
    if (base instanceof Filter filter) {
      return filter(filter, arguments);
    }
    if (base instanceof ExpTest test) {
      JinjavaInterpreter interpreter = (JinjavaInterpreter) arguments[1];
      Object[] rest = Arrays.copyOfRange(arguments, 2, arguments.length);
      return name.equals("evaluate")
          ? test.evaluate(arguments[0], interpreter, rest)
          : test.evaluateNegated(arguments[0], interpreter, rest);
    }
    if (base instanceof String text) {
      return PythonStrings.call(text, name, arguments);
    }
    if (base instanceof Map<?, ?> map) {
      return call(map, name, arguments);
    }
    throw new ELException("there is no method '" + name + "' that a chat template may call here");
  }

  @SuppressWarnings("unchecked") // The library gives the named arguments as a map of names.
  private static Object filter(Filter filter, Object[] arguments) {
    return filter.filter(
        arguments[0],
        (JinjavaInterpreter) arguments[1],
        (Object[]) arguments[2],
        (Map<String, Object>) arguments[3]);
  }

  private static Object call(Map<?, ?> map, String method, Object[] arguments) {
    return switch (method) {
      case "items" -> List.copyOf(map.entrySet());
      case "keys" -> List.copyOf(map.keySet());
      case "values" -> new ArrayList<>(map.values());
      case "get" -> {
        Object value = map.get(String.valueOf(arguments[0]));
        yield value == null && arguments.length > 1 ? arguments[1] : value;
      }
      default ->
          throw new ELException(
              "a map has no method '" + method + "' that a chat template may call");
    };
  }

  @Override
  public void setValue(ELContext context, Object base, Object property, Object value) {
    throw new ELException("a chat template must not change '" + property + "'");
  }

  @Override
  public boolean isReadOnly(ELContext context, Object base, Object property) {
    return true;
  }

  @Override
  public Class<?> getType(ELContext context, Object base, Object property) {
    return Object.class;
  }

  @Override
  public Class<?> getCommonPropertyType(ELContext context, Object base) {
    return Object.class;
  }

  @Override
  public Iterator<FeatureDescriptor> getFeatureDescriptors(ELContext context, Object base) {
    return Collections.emptyIterator();
  }
}
