package org.openautoglm.operators.inference.generation.chat;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.TruthyTypeConverter;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.interpret.InterpretException;
import com.hubspot.jinjava.interpret.InvalidArgumentException;
import com.hubspot.jinjava.interpret.InvalidInputException;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.loader.ResourceNotFoundException;
import com.hubspot.jinjava.tree.Node;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import jinjava.de.odysseus.el.ExpressionFactoryImpl;
import jinjava.de.odysseus.el.tree.TreeStore;
import jinjava.de.odysseus.el.tree.impl.Cache;
import jinjava.javax.el.ExpressionFactory;

/**
 * A Jinja template, set up as in Hugging Face's {@code apply_chat_template}: read once, rendered
 * many times. What it writes, the lists it makes and its loops are bounded; it reaches no file, no
 * other template and no Java object, and has neither chance nor a clock.
 *
 * <p>Thread-safe: rendering changes nothing of the tree, and every call has an interpreter and a
 * context of its own.
 */
final class JinjaTemplate {
  private static final int OUTPUT_MAX_CHARACTERS = 1 << 23;
  private static final int ELEMENTS_MAX = 1 << 14;
  private static final int RANGE_MAX = 1 << 12;
  private static final int RENDER_DEPTH_MAX = 16;
  private static final int EXPRESSIONS_KEPT = 1_024;

  /**
   * What Jinja's lstrip_blocks takes away: the space before a block at the beginning of its line.
   * The library's own option takes it from the middle of a line, too.
   */
  private static final Pattern INDENTATION = Pattern.compile("(?m)^[ \\t]+(?=\\{[%#])");

  private static final JinjavaConfig CONFIG = config();
  private static final Jinjava JINJA = jinja();

  private final Node tree;

  private JinjaTemplate(Node tree) {
    this.tree = tree;
  }

  /**
   * Reads a template. Not all that is wrong in one shows before it is rendered.
   *
   * @throws ChatTemplateException when it is no template
   */
  static JinjaTemplate parse(String source) throws ChatTemplateException {
    JinjavaInterpreter interpreter = JINJA.newInterpreter();
    try {
      Node tree = interpreter.parse(INDENTATION.matcher(lines(source)).replaceAll(""));
      refuse(interpreter.getErrorsCopy());
      return new JinjaTemplate(tree);
    } catch (InterpretException e) {
      throw new ChatTemplateException(message(TemplateError.fromSyntaxError(e)));
    }
  }

  /** As Jinja's lexer has them: whatever ends a line is one character, and the last one goes. */
  private static String lines(String source) {
    String lines = source.replace("\r\n", "\n").replace('\r', '\n');
    return lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines;
  }

  /** The parsed template. */
  Node tree() {
    return tree;
  }

  /**
   * Renders.
   *
   * @throws ChatTemplateException when it refuses the variables, or is wrong
   */
  String render(Map<String, Object> variables) throws ChatTemplateException {
    Context context = new Context(JINJA.getGlobalContextCopy(), variables, CONFIG.getDisabled());
    JinjavaInterpreter interpreter = new JinjavaInterpreter(JINJA, context, CONFIG);
    try {
      String output = interpreter.render(tree);
      refuse(interpreter.getErrorsCopy());
      return output;
    } catch (InvalidArgumentException e) {
      throw new ChatTemplateException(message(TemplateError.fromInvalidArgumentException(e)));
    } catch (InvalidInputException e) {
      throw new ChatTemplateException(message(TemplateError.fromInvalidInputException(e)));
    } catch (InterpretException e) {
      throw new ChatTemplateException(message(TemplateError.fromSyntaxError(e)));
    }
  }

  private static void refuse(List<TemplateError> errors) throws ChatTemplateException {
    for (TemplateError error : errors) {
      throw new ChatTemplateException(message(error));
    }
  }

  private static String message(TemplateError error) {
    for (Throwable cause = error.getException(); cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (message.startsWith(TemplateFunctions.REFUSAL)) {
        return message.substring(TemplateFunctions.REFUSAL.length());
      }
    }
    return "line " + error.getLineno() + ": " + error.getMessage();
  }

  private static Jinjava jinja() {
    ExpressionFactory expressions =
        new ExpressionFactoryImpl(
            new TreeStore(new PythonSyntaxParser.Syntax(), new Cache(EXPRESSIONS_KEPT)),
            new TruthyTypeConverter());
    Jinjava jinja =
        new Jinjava(CONFIG) {
          @Override
          public ExpressionFactory getExpressionFactory() {
            return expressions;
          }
        };
    jinja.registerFilter(new ToJson());
    jinja.registerTag(new GenerationTag());
    jinja.registerFunction(TemplateFunctions.raiseException());
    jinja.setResourceLocator(
        (name, encoding, interpreter) -> {
          throw new ResourceNotFoundException(name);
        });
    return jinja;
  }

  private static JinjavaConfig config() {
    return JinjavaConfig.newBuilder()
        .withTrimBlocks(true)
        .withNestedInterpretationEnabled(false)
        .withElResolver(new PythonObjects())
        .withMaxOutputSize(OUTPUT_MAX_CHARACTERS)
        .withMaxStringLength(OUTPUT_MAX_CHARACTERS)
        .withMaxListSize(ELEMENTS_MAX)
        .withMaxMapSize(ELEMENTS_MAX)
        .withRangeLimit(RANGE_MAX)
        .withMaxRenderDepth(RENDER_DEPTH_MAX)
        .withMaxMacroRecursionDepth(RENDER_DEPTH_MAX)
        .withDisabled(
            Map.of(
                Library.TAG, Set.of("include", "import", "from", "extends", "block", "call"),
                // Chance and time; and what needs libraries that are left out.
                Library.FILTER,
                    Set.of("random", "shuffle", "ipaddr", "ipv4", "ipv6", "log", "root"),
                Library.FUNCTION, Set.of(":today", ":unixtimestamp")))
        .withLegacyOverrides(
            LegacyOverrides.newBuilder()
                .withEvaluateMapKeys(true)
                .withIterateOverMapKeys(true)
                .withUsePyishObjectMapper(true)
                .withUseNaturalOperatorPrecedence(true)
                .withParseWhitespaceControlStrictly(true)
                .withAllowAdjacentTextNodes(true)
                .withUseTrimmingForNotesAndExpressions(true)
                .withKeepNullableLoopValues(true)
                .build())
        .build();
  }
}
