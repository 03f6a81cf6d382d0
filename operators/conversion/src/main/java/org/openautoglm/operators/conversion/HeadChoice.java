package org.openautoglm.operators.conversion;

import java.util.Optional;

/**
 * What an encoder's graph shall do at its end, over what its directory says.
 *
 * @param task whether it makes an embedding or classes; empty: as its directory looks
 * @param pooling how token vectors become one; empty: as the directory says
 * @param normalize whether embeddings are scaled to length 1; empty: as the directory says
 */
public record HeadChoice(
    Optional<Task> task, Optional<Pooling> pooling, Optional<Boolean> normalize) {

  /** Everything as the directory says. */
  public static final HeadChoice FROM_MODEL =
      new HeadChoice(Optional.empty(), Optional.empty(), Optional.empty());

  /** What an encoder is for. */
  public enum Task {
    EMBEDDING,
    CLASSIFICATION
  }

  /** How token vectors become one. */
  public enum Pooling {
    /** The vector of the first token. */
    CLS,
    /** The mean over the row's own tokens. */
    MEAN
  }
}
