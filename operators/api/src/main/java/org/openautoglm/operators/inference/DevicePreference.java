package org.openautoglm.operators.inference;

/** Where a model should run. */
public enum DevicePreference {
  /** On a GPU where one truly works, otherwise on the CPU, saying so once. */
  AUTO,
  CPU,
  /** On a GPU; a process that has none does not start. */
  CUDA
}
