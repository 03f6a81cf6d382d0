package org.openautoglm.jobs.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.openautoglm.jobs.local.JobDefinition;

/**
 * A command that ran to its end inside this process.
 *
 * @param code its exit code
 * @param out standard output
 * @param err standard error
 */
record CommandRun(int code, String out, String err) {
  private static final JobDefinition NO_JOB =
      (env, configuration) -> {
        throw new IllegalStateException("this command must not start the job");
      };

  static CommandRun of(String... args) {
    return of(new Interruption(), args);
  }

  static CommandRun of(Interruption interruption, String... args) {
    return of(NO_JOB, interruption, args);
  }

  /** With the job that {@code local} and {@code submit} run. */
  static CommandRun of(JobDefinition job, Interruption interruption, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Autoglm.commandLine(job, interruption)
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(args);
    return new CommandRun(code, out.toString(), err.toString());
  }

  List<String> lines() {
    return out.lines().toList();
  }
}
