package org.openautoglm.operators.conversion.decoder;

/**
 * What a weight is for. A model has a part when its family gives the part's weight a place: GLM-4
 * has {@link #AFTER_ATTENTION_NORM}, LLaMA has not.
 */
enum Role {
  /** Token vectors, [vocabulary, hidden]. */
  EMBEDDING(Scope.MODEL),
  /** Before the attention, [hidden]. */
  ATTENTION_NORM(Scope.LAYER),
  /** [heads · head width, hidden]. */
  QUERY(Scope.LAYER),
  /** [key-value heads · head width, hidden]. */
  KEY(Scope.LAYER),
  /** [key-value heads · head width, hidden]. */
  VALUE(Scope.LAYER),
  /** On each head of the query, [head width]. */
  QUERY_NORM(Scope.LAYER),
  /** On each head of the key, [head width]. */
  KEY_NORM(Scope.LAYER),
  /** [hidden, heads · head width]. */
  ATTENTION_OUTPUT(Scope.LAYER),
  /** On what the attention gives, before it is added, [hidden]. */
  AFTER_ATTENTION_NORM(Scope.LAYER),
  /** Before the feed-forward part, [hidden]. */
  MLP_NORM(Scope.LAYER),
  /** [intermediate, hidden]. */
  GATE(Scope.LAYER),
  /** [intermediate, hidden]. */
  UP(Scope.LAYER),
  /** [hidden, intermediate]. */
  DOWN(Scope.LAYER),
  /** On what the feed-forward part gives, before it is added, [hidden]. */
  AFTER_MLP_NORM(Scope.LAYER),
  /** Before the head, [hidden]. */
  FINAL_NORM(Scope.MODEL),
  /** [vocabulary, hidden]; the embedding where tables are tied. */
  HEAD(Scope.MODEL);

  private enum Scope {
    MODEL,
    LAYER
  }

  private final Scope scope;

  Role(Scope scope) {
    this.scope = scope;
  }

  /** Whether each layer has its own. */
  boolean inLayers() {
    return scope == Scope.LAYER;
  }

  /** Whether it is one row of factors, without bias. */
  boolean isNorm() {
    return name().endsWith("_NORM");
  }
}
