package org.openautoglm.operators.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtException.OrtErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.schemas.failure.FailureCode;

class OnnxFailureClassifierTest {
  private final OnnxFailureClassifier classifier = new OnnxFailureClassifier();

  @ParameterizedTest
  @MethodSource("failures")
  void saysWhatAFailureMeans(Throwable thrown, FailureCode code) {
    assertThat(classifier.classify(thrown)).isEqualTo(code);
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        failed(
            OrtErrorCode.ORT_INVALID_ARGUMENT,
            "Non-zero status code returned while running Gather node. Status Message: indices"
                + " element out of data bounds, idx=99",
            FailureCode.MODEL_FAILURE),
        failed(OrtErrorCode.ORT_FAIL, "while running MatMul node", FailureCode.MODEL_FAILURE),
        failed(
            OrtErrorCode.ORT_RUNTIME_EXCEPTION,
            "Available memory of 1 is smaller than requested; Failed to allocate memory for"
                + " requested buffer of size 4294967296",
            FailureCode.DEVICE_OUT_OF_MEMORY),
        failed(
            OrtErrorCode.ORT_FAIL,
            "CUDA failure 2: out of memory ; GPU=0",
            FailureCode.DEVICE_OUT_OF_MEMORY),
        failed(
            OrtErrorCode.ORT_RUNTIME_EXCEPTION, "std::bad_alloc", FailureCode.DEVICE_OUT_OF_MEMORY),
        failed(
            OrtErrorCode.ORT_FAIL,
            "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED",
            FailureCode.DEVICE_OUT_OF_MEMORY),
        failed(
            OrtErrorCode.ORT_FAIL,
            "CUDA failure 719: unspecified launch failure ; GPU=0",
            FailureCode.MODEL_UNAVAILABLE),
        failed(OrtErrorCode.ORT_DEVICE_RESET, "device was reset", FailureCode.MODEL_UNAVAILABLE),
        failed(OrtErrorCode.ORT_NO_SUCHFILE, "weights are gone", FailureCode.MODEL_UNAVAILABLE),
        failed(
            OrtErrorCode.ORT_INVALID_ARGUMENT,
            "Invalid Feed Input Name:nothing",
            FailureCode.INTERNAL),
        Arguments.of(new OrtException("Unexpected number of inputs"), FailureCode.INTERNAL),
        Arguments.of(new NonFiniteOutputException(), FailureCode.MODEL_FAILURE),
        Arguments.of(new IOException("stale handle"), FailureCode.MODEL_UNAVAILABLE),
        Arguments.of(
            new UncheckedIOException(new IOException("gone")), FailureCode.MODEL_UNAVAILABLE),
        Arguments.of(new ModelLoadException("missing"), FailureCode.MODEL_UNAVAILABLE),
        Arguments.of(new NullPointerException(), FailureCode.INTERNAL),
        Arguments.of(new IllegalStateException("the session is closed"), FailureCode.INTERNAL),
        Arguments.of(new OutOfMemoryError("Java heap space"), FailureCode.INTERNAL),
        Arguments.of(new InterruptedException(), FailureCode.INTERNAL),
        Arguments.of(
            new CompletionException(new ExecutionException(new NonFiniteOutputException())),
            FailureCode.MODEL_FAILURE),
        Arguments.of(new ExecutionException(null), FailureCode.INTERNAL));
  }

  @Test
  void travelsWithTheJob() throws Exception {
    assertThat(InstantiationUtil.clone(classifier).classify(new NonFiniteOutputException()))
        .isEqualTo(FailureCode.MODEL_FAILURE);
  }

  private static Arguments failed(OrtErrorCode code, String message, FailureCode expected) {
    return Arguments.of(new OrtException(code, message), expected);
  }
}
