package org.openautoglm.jobs.cli;

import java.io.PrintWriter;
import java.util.function.Consumer;

/** Progress of one pull, a line for each new word. */
final class PullWords implements Consumer<String> {
  private final String model;
  private final PrintWriter words;
  private String last = "";

  PullWords(String model, PrintWriter words) {
    this.model = model;
    this.words = words;
  }

  @Override
  public void accept(String word) {
    if (!word.equals(last)) {
      words.println("pulling " + model + ": " + word);
      last = word;
    }
  }
}
