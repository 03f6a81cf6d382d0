package org.openautoglm.operators.inference.generation.chat;

import java.util.ArrayList;
import java.util.List;
import jinjava.de.odysseus.el.tree.Bindings;
import jinjava.de.odysseus.el.tree.Node;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;
import jinjava.de.odysseus.el.tree.impl.ast.AstRightValue;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELException;

/**
 * {@code base[start:end:step]} as Python has it, of a list or a string; each part may be absent.
 */
final class SliceNode extends AstRightValue {
  private final AstNode base;
  private final AstNode start;
  private final AstNode end;
  private final AstNode step;

  SliceNode(AstNode base, AstNode start, AstNode end, AstNode step) {
    this.base = base;
    this.start = start;
    this.end = end;
    this.step = step;
  }

  @Override
  public Object eval(Bindings bindings, ELContext context) {
    Object value = base.eval(bindings, context);
    Integer from = number(start, bindings, context);
    Integer to = number(end, bindings, context);
    Integer by = number(step, bindings, context);
    if (value instanceof List<?> list) {
      List<Object> slice = new ArrayList<>();
      for (int index : indexes(list.size(), from, to, by)) {
        slice.add(list.get(index));
      }
      return slice;
    }
    if (value instanceof String text) {
      int[] characters = text.codePoints().toArray();
      StringBuilder slice = new StringBuilder();
      for (int index : indexes(characters.length, from, to, by)) {
        slice.appendCodePoint(characters[index]);
      }
      return slice.toString();
    }
    throw new ELException("'" + base + "' is neither a list nor a string, so it has no slices");
  }

  private static List<Integer> indexes(int length, Integer from, Integer to, Integer by) {
    int step = by == null ? 1 : by;
    if (step == 0) {
      throw new ELException("the step of a slice must not be 0");
    }
    // Backwards, the places are from length - 1 down to -1, which stands before the first.
    int least = step > 0 ? 0 : -1;
    int most = step > 0 ? length : length - 1;
    int start = place(from, step > 0 ? least : most, length, least, most);
    int end = place(to, step > 0 ? most : least, length, least, most);
    List<Integer> indexes = new ArrayList<>();
    for (long index = start; step > 0 ? index < end : index > end; index += step) {
      indexes.add((int) index);
    }
    return indexes;
  }

  private static int place(Integer given, int absent, int length, int least, int most) {
    if (given == null) {
      return absent;
    }
    long place = given < 0 ? (long) given + length : given;
    return (int) Math.max(least, Math.min(most, place));
  }

  private static Integer number(AstNode node, Bindings bindings, ELContext context) {
    Object value = node == null ? null : node.eval(bindings, context);
    if (value == null) {
      return null;
    }
    if (value instanceof Number number) {
      return number.intValue();
    }
    throw new ELException("'" + node + "' in a slice is not a number");
  }

  @Override
  public void appendStructure(StringBuilder builder, Bindings bindings) {
    base.appendStructure(builder, bindings);
    builder.append("[:]");
  }

  @Override
  public int getCardinality() {
    return 1;
  }

  @Override
  public Node getChild(int index) {
    return base;
  }
}
