package org.openautoglm.operators.inference.onnx.decoder;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.Map;
import java.util.Set;
import org.openautoglm.operators.inference.onnx.runtime.TerminableRun;

/**
 * A decoder's graph with its weights, ready to run on one device. Thread-safe: decoders of several
 * threads run through it side by side, each with its own caches. It does not own the session.
 *
 * @param environment the process's
 * @param session the graph
 * @param signature its inputs and outputs
 * @param vocabulary width of a row of logits
 */
record DecoderGraph(
    OrtEnvironment environment, OrtSession session, DecoderSignature signature, int vocabulary) {

  /** What the logits of some tokens take, bytes. */
  long logitsBytes(long tokens) {
    return Math.multiplyExact(tokens, (long) vocabulary * signature.logitsType().size);
  }

  /**
   * Runs with every output in a place of the caller's.
   *
   * @param termination ends the run early
   */
  void run(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs, Termination termination)
      throws OrtException {
    try (TerminableRun run = new TerminableRun()) {
      termination.begin(run);
      session.run(inputs, Set.of(), outputs, run.options()).close();
    }
  }
}
