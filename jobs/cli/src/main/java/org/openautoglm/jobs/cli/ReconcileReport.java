package org.openautoglm.jobs.cli;

import org.openautoglm.jobs.reconcile.Finding;
import org.openautoglm.jobs.reconcile.Summary;

/** How a reconciliation is printed. */
interface ReconcileReport {
  /** A record that is not as it must be. */
  void finding(Finding finding);

  /** Called once, after them. */
  void end(Summary summary);
}
