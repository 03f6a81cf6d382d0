package org.openautoglm.operators.inference.generation.chat;

import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

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

  /** A condition at a loop's end; with an else it is a choice of lists instead. */
  private static final Pattern FILTERED_LOOP = Pattern.compile("\\sif\\s(?!.*\\selse\\s)");

  private final JinjaTemplate template;
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
    this.template = JinjaTemplate.parse(source);
    this.constants = Map.copyOf(specialTokens);
    refuse(template.tree());
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
    return template.render(variables);
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
}
