package org.openautoglm.schemas.protobuf;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.Locale;
import org.openautoglm.schemas.request.Problems;
import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.InferenceRequest;

/**
 * Finds what protobuf read over: fields that it does not know, or knows with another wire type.
 * Inside an entry of a map protobuf drops them without a trace.
 */
final class UnknownFields {
  private UnknownFields() {}

  /** Adds them to the problems, for the request and all messages below it. */
  static void check(InferenceRequest request, Problems problems) {
    checkOne(request, "", problems);
    if (request.hasParameters()) {
      checkOne(request.getParameters(), "parameters.", problems);
    }
    for (int i = 0; i < request.getConversationsCount(); i++) {
      Conversation conversation = request.getConversations(i);
      checkOne(conversation, "conversations[" + i + "].", problems);
      for (int j = 0; j < conversation.getMessagesCount(); j++) {
        String prefix = "conversations[" + i + "].messages[" + j + "].";
        checkOne(conversation.getMessages(j), prefix, problems);
      }
    }
  }

  private static void checkOne(Message message, String prefix, Problems problems) {
    if (message.getUnknownFields().isEmpty()) {
      return;
    }
    for (int number : message.getUnknownFields().asMap().keySet()) {
      FieldDescriptor known = message.getDescriptorForType().findFieldByNumber(number);
      if (known == null) {
        String type = message.getDescriptorForType().getName();
        problems.add(prefix + "field " + number, "is not a field of " + type + ": leave it out");
      } else {
        String type = known.getType().name().toLowerCase(Locale.ROOT);
        problems.add(
            prefix + known.getName(),
            "(field " + number + ") has another wire type: write it as " + type);
      }
    }
  }
}
