package org.openautoglm.schemas.request;

import static org.openautoglm.schemas.request.Lengths.codePoints;
import static org.openautoglm.schemas.request.Lengths.longerThan;
import static org.openautoglm.schemas.request.Lengths.tooLong;
import static org.openautoglm.schemas.request.Lengths.tooMany;

import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.InferenceRequestOrBuilder;
import org.openautoglm.schemas.wire.Message;

/** The contract's limits on inputs, the same for every format. Immutable and thread-safe. */
public final class InputRules {
  public static final int MESSAGES_MAX = 1024;
  public static final int ROLE_CHARS_MAX = 64;

  private final RequestLimits limits;

  public InputRules(RequestLimits limits) {
    this.limits = limits;
  }

  /** Adds every rule that the inputs break to the problems. */
  public void check(InferenceRequestOrBuilder request, InputPaths paths, Problems problems) {
    int texts = request.getInputsCount();
    int conversations = request.getConversationsCount();
    if (texts + conversations == 0) {
      problems.add("inputs", "is missing or empty: give at least one input");
    } else if (texts + conversations > limits.maxInputs()) {
      problems.add("inputs", tooManyInputs(texts + conversations));
      return;
    }
    for (int i = 0; i < texts; i++) {
      if (longerThan(limits.maxInputChars(), request.getInputs(i))) {
        problems.add(paths.text(i), tooLong(request.getInputs(i), limits.maxInputChars()));
      }
    }
    for (int i = 0; i < conversations; i++) {
      checkConversation(request.getConversations(i), i, paths, problems);
    }
  }

  /** The most inputs of one request. */
  public int maxInputs() {
    return limits.maxInputs();
  }

  /** What is said of more inputs than the limit. */
  public String tooManyInputs(int count) {
    return tooMany("members", count, limits.maxInputs()) + ": publish them as several requests";
  }

  private void checkConversation(
      Conversation conversation, int index, InputPaths paths, Problems problems) {
    int messages = conversation.getMessagesCount();
    if (messages == 0) {
      problems.add(paths.conversation(index), "is empty: a conversation has at least one message");
    } else if (messages > MESSAGES_MAX) {
      problems.add(paths.conversation(index), tooMany("messages", messages, MESSAGES_MAX));
      return;
    }
    long characters = 0;
    for (int i = 0; i < messages; i++) {
      Message message = conversation.getMessages(i);
      characters += codePoints(message.getContent());
      if (message.getRole().isEmpty()) {
        problems.add(
            paths.message(index, i) + ".role", "is missing or empty: give one, such as user");
      } else if (longerThan(ROLE_CHARS_MAX, message.getRole())) {
        problems.add(paths.message(index, i) + ".role", tooLong(message.getRole(), ROLE_CHARS_MAX));
      }
    }
    if (characters > limits.maxInputChars()) {
      problems.add(
          paths.conversation(index), tooMany("characters", characters, limits.maxInputChars()));
    }
  }
}
