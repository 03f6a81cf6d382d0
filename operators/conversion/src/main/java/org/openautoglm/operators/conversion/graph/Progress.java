package org.openautoglm.operators.conversion.graph;

/** Hears how far the writing of a model's weights has come; called on the thread that writes. */
@FunctionalInterface
public interface Progress {
  /** Tells nobody. */
  Progress SILENT = (tensor, doneBytes, totalBytes) -> {};

  /**
   * More of the weights is written.
   *
   * @param tensor the initialiser being written
   * @param doneBytes bytes of weights written so far, all initialisers together
   * @param totalBytes bytes of weights that there will be
   */
  void written(String tensor, long doneBytes, long totalBytes);
}
