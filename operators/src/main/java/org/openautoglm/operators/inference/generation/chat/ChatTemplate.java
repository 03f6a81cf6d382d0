package org.openautoglm.operators.inference.generation.chat;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.TruthyTypeConverter;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.loader.ResourceNotFoundException;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import jinjava.de.odysseus.el.ExpressionFactoryImpl;
import jinjava.de.odysseus.el.tree.TreeStore;
import jinjava.de.odysseus.el.tree.impl.Cache;
import jinjava.javax.el.ExpressionFactory;

/**
 * A model's chat template: renders conversations as Hugging Face's {@code apply_chat_template}
 * does.
 *
 * <p>Templates come with model directories and are not trusted. They reach no file, no other
 * template and no Java object; what they write, the lists they make and their loops are bounded.
 * What a message says is never read as a template. There is no clock in them either ({@code
 * strftime_now} is undefined, and templates that know it have a fixed date for that case), so that
 * a conversation always gives the same prompt.
 *
 * <p>Thread-safe.
 */
public final class ChatTemplate {
  private static final int SOURCE_MAX_CHARACTERS = 1 << 18;
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

  /** A condition at a loop's end; with an else it is a choice of lists instead. */
  private static final Pattern FILTERED_LOOP = Pattern.compile("\\sif\\s(?!.*\\selse\\s)");

  private static final Jinjava JINJA = jinja();

  private final String source;
  private final Map<String, Object> constants;

  /**
   * Takes a template and tries it.
   *
   * @param source Jinja
   * @param specialTokens what it may call by name, {@code bos_token} and the like
   * @throws ChatTemplateException when it is no template
   */
  public ChatTemplate(String source, Map<String, String> specialTokens)
      throws ChatTemplateException {
    if (source.length() > SOURCE_MAX_CHARACTERS) {
      throw new ChatTemplateException(
          "the template has more than " + SOURCE_MAX_CHARACTERS + " characters");
    }
    this.source = unindented(source);
    this.constants = Map.copyOf(specialTokens);
    refuse(JINJA.newInterpreter().parse(this.source));
    render(List.of(new ChatMessage("user", "?")), true);
  }

  /**
   * The prompt for a conversation.
   *
   * @param messages at least one
   * @param addGenerationPrompt whether the assistant's turn is opened at the end
   * @throws ChatTemplateException when the template refuses it, roles in the wrong order for one
   */
  public String render(List<ChatMessage> messages, boolean addGenerationPrompt)
      throws ChatTemplateException {
    return render(messages, addGenerationPrompt, Map.of());
  }

  /**
   * The prompt for a conversation.
   *
   * @param more further variables, {@code enable_thinking} and the like: strings, numbers,
   *     booleans, lists and maps of them
   */
  public String render(List<ChatMessage> messages, boolean addGenerationPrompt, Map<String, ?> more)
      throws ChatTemplateException {
    Map<String, Object> variables = new HashMap<>(constants);
    variables.putAll(more);
    variables.put("messages", messages.stream().map(ChatTemplate::variable).toList());
    variables.put("add_generation_prompt", addGenerationPrompt);
    return render(source, variables);
  }

  /** Finds what the library would read in another way than Jinja, in silence. */
  private static void refuse(Node node) throws ChatTemplateException {
    for (Node child : node.getChildren()) {
      refuse(child);
      if (child instanceof TagNode tag && tag.getName().equals("for")) {
        boolean hasElse =
            tag.getChildren().stream()
                .anyMatch(
                    inner -> inner instanceof TagNode other && other.getName().equals("else"));
        if (hasElse || FILTERED_LOOP.matcher(tag.getHelpers()).find()) {
          throw new ChatTemplateException(
              "line "
                  + tag.getLineNumber()
                  + ": loops with a condition or an else are not supported; put an if inside");
        }
      }
    }
  }

  private static Map<String, Object> variable(ChatMessage message) {
    Map<String, Object> variable = new LinkedHashMap<>();
    variable.put("role", message.role());
    variable.put("content", message.content());
    return variable;
  }

  private static String unindented(String source) {
    return INDENTATION.matcher(source).replaceAll("");
  }

  static String render(String source, Map<String, Object> variables) throws ChatTemplateException {
    RenderResult result = JINJA.renderForResult(unindented(source), variables);
    if (result.hasErrors()) {
      throw new ChatTemplateException(message(result.getErrors().get(0)));
    }
    return result.getOutput();
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
        new Jinjava(config()) {
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
