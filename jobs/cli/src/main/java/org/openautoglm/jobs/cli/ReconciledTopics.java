package org.openautoglm.jobs.cli;

import java.util.List;
import org.openautoglm.jobs.reconcile.ReconcileRequest.Prompts;
import picocli.CommandLine.Option;

/** Where prompts stood and outcomes went, for those who have no configuration at hand. */
final class ReconciledTopics {
  @Option(
      names = "--prompts",
      paramLabel = "T",
      split = ",",
      defaultValue = "autoglm.prompts",
      description = "the prompts topics; ${DEFAULT-VALUE} unless given")
  private List<String> prompts;

  @Option(
      names = "--results",
      paramLabel = "T",
      defaultValue = "autoglm.results",
      description = "${DEFAULT-VALUE} unless given")
  private String results;

  @Option(
      names = "--audit",
      paramLabel = "T",
      defaultValue = "autoglm.audit",
      description = "${DEFAULT-VALUE} unless given")
  private String audit;

  @Option(
      names = "--dead-letters",
      paramLabel = "T",
      defaultValue = "autoglm.dead-letters",
      description = "${DEFAULT-VALUE} unless given")
  private String deadLetters;

  @Option(
      names = "--group",
      paramLabel = "G",
      defaultValue = "autoglm",
      description = "the job's consumer group; ${DEFAULT-VALUE} unless given")
  private String group;

  @Option(
      names = "--transactional-id-prefix",
      paramLabel = "P",
      defaultValue = "autoglm",
      description = "begins the names of its transactions; ${DEFAULT-VALUE} unless given")
  private String transactionalIdPrefix;

  /** All of them. */
  record Names(
      Prompts prompts,
      String results,
      String audit,
      String deadLetters,
      String group,
      String transactionalIdPrefix) {}

  Names names() {
    return new Names(
        Prompts.of(prompts), results, audit, deadLetters, group, transactionalIdPrefix);
  }
}
