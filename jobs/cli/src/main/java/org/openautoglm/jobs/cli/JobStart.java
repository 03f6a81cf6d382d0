package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.configuration.ModelConfiguration;
import org.openautoglm.jobs.local.LocalRun;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.onnx.OnnxModelProvider;

/** Sees a local run through its start, and says what goes wrong on the way. */
final class JobStart {
  private static final Duration LOOK = Duration.ofMillis(100);

  private final LocalRun run;
  private final Interruption interruption;
  private final PrintWriter words;
  private int saidFailures;

  JobStart(LocalRun run, Interruption interruption, PrintWriter words) {
    this.run = run;
    this.interruption = interruption;
    this.words = words;
  }

  /**
   * Looks at every model before anything starts, and converts those that are to be converted.
   *
   * @throws IOException with what is wrong with each of them
   */
  static void requireModels(JobConfiguration configuration) throws IOException {
    List<String> problems = new ArrayList<>();
    for (ModelConfiguration model : configuration.models()) {
      try {
        OnnxModelProvider.directory(model.toSpec());
      } catch (ModelLoadException e) {
        problems.add("model " + model.modelName() + ": " + e.getMessage());
      }
    }
    if (!problems.isEmpty()) {
      throw new IOException(String.join("\n", problems));
    }
  }

  /**
   * Waits until every task runs, or the job has done all there was.
   *
   * @return false when the command was interrupted before
   * @throws IOException when the job has ended
   */
  boolean awaitRunning() throws IOException {
    while (!run.isRunning() && !run.isFinished()) {
      if (interruption.await(LOOK)) {
        return false;
      }
      requireAlive();
    }
    return true;
  }

  /**
   * Says new failures of the job, which restarts by itself.
   *
   * @return false when the job has done all there was
   * @throws IOException when the job has ended
   */
  boolean requireAlive() throws IOException {
    List<String> failures = run.failures();
    for (String failure :
        failures.subList(Math.min(saidFailures, failures.size()), failures.size())) {
      words.println("the job failed and restarts: " + failure);
    }
    saidFailures = failures.size();
    if (run.isFinished()) {
      return false;
    }
    if (run.isEnded()) {
      throw new IOException(
          "the job has ended"
              + (failures.isEmpty() ? "" : ": " + failures.get(failures.size() - 1)));
    }
    return true;
  }
}
