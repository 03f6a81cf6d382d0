package org.openautoglm.jobs.kafka.preflight;

import java.io.IOException;
import java.util.List;

/** Why a job is not started: everything that is wrong with its brokers and topics, at once. */
public final class PreflightException extends IOException {
  private static final long serialVersionUID = 1L;

  private final List<String> problems;

  PreflightException(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
  }

  /** One line each. */
  public List<String> problems() {
    return problems;
  }
}
