package org.openautoglm.operators.inference.generation.chat;

import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import jinjava.javax.el.ELException;

/** Functions that Hugging Face gives to chat templates. */
public final class TemplateFunctions {
  static final String REFUSAL = "chat template: ";

  private TemplateFunctions() {}

  static ELFunctionDefinition raiseException() {
    return new ELFunctionDefinition(
        "", "raise_exception", TemplateFunctions.class, "raiseException", String.class);
  }

  /** Refuses the conversation. Public only because the Jinja library calls it by reflection. */
  public static String raiseException(String message) {
    throw new ELException(REFUSAL + message);
  }
}
