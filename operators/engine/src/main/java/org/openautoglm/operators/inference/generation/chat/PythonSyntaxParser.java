package org.openautoglm.operators.inference.generation.chat;

import com.hubspot.jinjava.el.ExtendedSyntaxBuilder;
import com.hubspot.jinjava.el.ext.AstNamedParameter;
import com.hubspot.jinjava.el.ext.ExtendedParser;
import java.util.ArrayList;
import java.util.List;
import jinjava.de.odysseus.el.tree.impl.Builder;
import jinjava.de.odysseus.el.tree.impl.Parser;
import jinjava.de.odysseus.el.tree.impl.Scanner.ScanException;
import jinjava.de.odysseus.el.tree.impl.Scanner.Symbol;
import jinjava.de.odysseus.el.tree.impl.ast.AstBinary;
import jinjava.de.odysseus.el.tree.impl.ast.AstDot;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;
import jinjava.de.odysseus.el.tree.impl.ast.AstParameters;
import jinjava.de.odysseus.el.tree.impl.ast.AstUnary;

/**
 * What the library's parser lacks of the dialect of chat templates: slices with a step, as in
 * {@code messages[::-1]}, which may also be of strings, named arguments that are expressions, as in
 * {@code namespace(last=messages|length - 1)}, and what {@code not} belongs to, as in {@code not
 * tools is defined}.
 */
final class PythonSyntaxParser extends ExtendedParser {

  private PythonSyntaxParser(Builder context, String input) {
    super(context, input);
  }

  /** {@code not} binds looser than comparisons, tests and filters, and tighter than {@code and}. */
  @Override
  protected AstNode and(boolean required) throws ScanException, ParseException {
    AstNode left = not(required);
    while (left != null && getToken().getSymbol() == Symbol.AND) {
      consumeToken();
      left = createAstBinary(left, not(true), AstBinary.AND);
    }
    return left;
  }

  private AstNode not(boolean required) throws ScanException, ParseException {
    if (getToken().getSymbol() != Symbol.NOT) {
      return eq(required);
    }
    consumeToken();
    return createAstUnary(not(true), AstUnary.NOT);
  }

  @Override
  protected AstNode value() throws ScanException, ParseException {
    AstNode value = nonliteral();
    boolean isVariable = value != null;
    if (!isVariable) {
      value = literal();
    }
    while (value != null) {
      if (getToken().getSymbol() == Symbol.DOT) {
        value = member(value, isVariable);
      } else if (getToken().getSymbol() == Symbol.LBRACK) {
        value = subscript(value, isVariable);
      } else {
        return value;
      }
    }
    return null;
  }

  private AstNode member(AstNode base, boolean isVariable) throws ScanException, ParseException {
    consumeToken(Symbol.DOT);
    AstDot dot = createAstDot(base, consumeToken(Symbol.IDENTIFIER).getImage(), isVariable);
    return getToken().getSymbol() == Symbol.LPAREN ? createAstMethod(dot, params()) : dot;
  }

  private AstNode subscript(AstNode base, boolean isVariable) throws ScanException, ParseException {
    consumeToken(Symbol.LBRACK);
    AstNode start = expr(false);
    if (getToken().getSymbol() == Symbol.RBRACK && start != null) {
      consumeToken(Symbol.RBRACK);
      return createAstBracket(base, start, isVariable, true);
    }
    consumeToken(Symbol.COLON);
    AstNode end = expr(false);
    AstNode step = null;
    if (getToken().getSymbol() == Symbol.COLON) {
      consumeToken(Symbol.COLON);
      step = expr(false);
    }
    consumeToken(Symbol.RBRACK);
    return new SliceNode(base, start, end, step);
  }

  @Override
  protected AstParameters params(Symbol left, Symbol right) throws ScanException, ParseException {
    consumeToken(left);
    List<AstNode> arguments = new ArrayList<>();
    while (getToken().getSymbol() != right) {
      arguments.add(argument());
      if (getToken().getSymbol() != right) {
        consumeToken(Symbol.COMMA);
      }
    }
    consumeToken(right);
    return createAstParameters(arguments);
  }

  private AstNode argument() throws ScanException, ParseException {
    if (getToken().getSymbol() == Symbol.IDENTIFIER && lookahead(0).getImage().equals("=")) {
      String name = consumeToken().getImage();
      consumeToken();
      return new AstNamedParameter(identifier(name), expr(true));
    }
    return expr(true);
  }

  /** Makes the library use this parser. */
  static final class Syntax extends ExtendedSyntaxBuilder {
    private static final long serialVersionUID = 1L;

    Syntax() {
      super(Builder.Feature.METHOD_INVOCATIONS, Builder.Feature.VARARGS);
    }

    @Override
    protected Parser createParser(String expression) {
      return new PythonSyntaxParser(this, expression);
    }
  }
}
