package org.openautoglm.jobs.reconcile;

import java.util.Set;
import org.openautoglm.schemas.coordinates.RecordPlace;

/**
 * A record of the prompts topic whose outcome is not as it must be.
 *
 * @param place its coordinates
 * @param breaches what is wrong
 * @param checkable false where what is missing may have been there, and was deleted since
 * @param outcomes results and dead letters that name it, 3 stands for more, too
 * @param audits audit events that name it, likewise
 * @param republished how often it was published again
 * @param requestId what its result is called by
 * @param modelId the model asked for; empty where no request could be read
 * @param timestampMs the record's timestamp
 */
public record Finding(
    RecordPlace place,
    Set<Breach> breaches,
    boolean checkable,
    int outcomes,
    int audits,
    int republished,
    String requestId,
    String modelId,
    long timestampMs) {

  public Finding {
    breaches = Set.copyOf(breaches);
  }

  /** Whether publishing it again would mend it. */
  public boolean isMissing() {
    return checkable && breaches.stream().anyMatch(Breach::isMissing);
  }
}
