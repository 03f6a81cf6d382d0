package org.openautoglm.operators.inference;

/** What a model does with a row. */
public enum TaskType {
  EMBEDDING,
  CLASSIFICATION,
  TEXT_GENERATION
}
