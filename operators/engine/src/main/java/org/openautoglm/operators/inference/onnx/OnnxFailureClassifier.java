package org.openautoglm.operators.inference.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtException.OrtErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.openautoglm.operators.inference.FailureClassifier;
import org.openautoglm.operators.inference.RefusedInputException;
import org.openautoglm.operators.inference.generation.DeadlineExceededException;
import org.openautoglm.operators.inference.generation.sampling.NotFiniteException;
import org.openautoglm.schemas.failure.FailureCode;

/**
 * Says what a failure of ONNX Runtime means. What the runtime reports about a batch is the model's
 * failure on one of its rows, unless memory or the device was short; what Java code threw is a
 * fault of the job, because no content of a row makes it throw.
 */
public final class OnnxFailureClassifier implements FailureClassifier {
  private static final long serialVersionUID = 1L;

  private static final List<String> OUT_OF_MEMORY =
      List.of("failed to allocate memory", "out of memory", "bad_alloc", "alloc_failed");
  private static final List<String> DEVICE_LOST =
      List.of("cuda failure", "cuda error", "cudnn failure", "cublas failure");

  /** The runtime was called with names it does not know: no row can do that. */
  private static final List<String> WRONG_CALL =
      List.of("invalid feed input name", "invalid input name", "invalid output name");

  @Override
  public FailureCode classify(Throwable thrown) {
    if (thrown instanceof OrtException e) {
      return classify(e);
    }
    if (thrown instanceof NonFiniteOutputException || thrown instanceof NotFiniteException) {
      return FailureCode.MODEL_FAILURE;
    }
    if (thrown instanceof DeadlineExceededException) {
      return FailureCode.DEADLINE_EXCEEDED;
    }
    if (thrown instanceof RefusedInputException refused) {
      return refused.code();
    }
    if (thrown instanceof IOException || thrown instanceof UncheckedIOException) {
      return FailureCode.MODEL_UNAVAILABLE;
    }
    boolean wraps = thrown instanceof CompletionException || thrown instanceof ExecutionException;
    return wraps && thrown.getCause() != null ? classify(thrown.getCause()) : FailureCode.INTERNAL;
  }

  private static FailureCode classify(OrtException e) {
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    OrtErrorCode code = e.getCode();
    if (OUT_OF_MEMORY.stream().anyMatch(message::contains)) {
      return FailureCode.DEVICE_OUT_OF_MEMORY;
    }
    if (code == OrtErrorCode.ORT_JAVA_UNKNOWN || WRONG_CALL.stream().anyMatch(message::contains)) {
      return FailureCode.INTERNAL;
    }
    if (code == OrtErrorCode.ORT_NO_SUCHFILE
        || code == OrtErrorCode.ORT_EP_FAIL
        || code == OrtErrorCode.ORT_DEVICE_RESET
        || DEVICE_LOST.stream().anyMatch(message::contains)) {
      return FailureCode.MODEL_UNAVAILABLE;
    }
    return FailureCode.MODEL_FAILURE;
  }
}
