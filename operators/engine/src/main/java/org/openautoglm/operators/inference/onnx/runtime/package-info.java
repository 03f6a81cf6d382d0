/**
 * ONNX Runtime itself: its one environment of a process, sessions with the settings that were
 * measured to be the best, and the early end of a run. Who runs which graph is not said here.
 */
package org.openautoglm.operators.inference.onnx.runtime;
