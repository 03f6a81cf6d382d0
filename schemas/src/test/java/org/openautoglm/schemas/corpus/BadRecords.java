package org.openautoglm.schemas.corpus;

import java.util.List;

/**
 * The corpus of bad records: what clients publish by mistake or malice, and what the job must say
 * of it. All but those of {@link BadForModel} are refused by the decode stage under the default
 * limits. Four are larger than Kafka's default of 1 MiB: the largest has 16 MiB and a byte.
 */
public final class BadRecords {
  private BadRecords() {}

  /** All of them, in the order of the stages that refuse them. */
  public static List<BadRecord> all() {
    Corpus corpus = new Corpus();
    BadBytes.addTo(corpus);
    BadJson.addTo(corpus);
    BadProtobuf.addTo(corpus);
    BadRequests.addTo(corpus);
    BadParameters.addTo(corpus);
    BadMessages.addTo(corpus);
    BadForModel.addTo(corpus);
    return corpus.records();
  }
}
