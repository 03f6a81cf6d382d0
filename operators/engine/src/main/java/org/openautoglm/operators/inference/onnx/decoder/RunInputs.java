package org.openautoglm.operators.inference.onnx.decoder;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import org.openautoglm.operators.inference.onnx.decoder.DecoderSignature.Content;
import org.openautoglm.operators.inference.onnx.decoder.DecoderSignature.Input;

/**
 * Everything that a run is fed but the caches, in native memory that is used again for the next
 * run. Belongs to one thread.
 */
final class RunInputs implements AutoCloseable {
  private static final int BYTES_AT_FIRST = 4_096;

  private final OrtEnvironment environment;
  private final DecoderSignature signature;
  private final Map<Content, NativeMemory> memory = new EnumMap<>(Content.class);
  private final Map<String, OnnxTensor> tensors;

  /**
   * @param tensors where the inputs of the present run are put, by name
   */
  RunInputs(
      OrtEnvironment environment, DecoderSignature signature, Map<String, OnnxTensor> tensors) {
    this.environment = environment;
    this.signature = signature;
    this.tensors = tensors;
  }

  /** Makes the inputs of a run; those of the last one are gone. */
  void lay(RunRows rows) throws OrtException {
    for (Input input : signature.inputs()) {
      long[] shape = shape(input, rows);
      int numbers = 1;
      for (long size : shape) {
        numbers = Math.toIntExact(Math.multiplyExact(numbers, size));
      }
      NativeMemory block = block(input.content(), (long) numbers * input.type().size);
      fill(block.bytes(0, (long) numbers * input.type().size), input, rows);
      close(tensors.put(input.name(), block.tensor(environment, 0, input.type(), shape)));
    }
  }

  private static long[] shape(Input input, RunRows rows) {
    return switch (input.content()) {
      case TOKENS, POSITIONS -> new long[] {rows.count(), rows.width()};
      case MASK -> new long[] {rows.count(), rows.maskWidth()};
      case LENGTHS -> new long[] {rows.count()};
      case WANTED -> new long[] {rows.count(), 1};
      case LONGEST, KEPT, CACHED -> input.rank() == 0 ? new long[] {} : new long[] {1};
    };
  }

  private static void fill(ByteBuffer target, Input input, RunRows rows) {
    OnnxJavaType type = input.type();
    switch (input.content()) {
      case LONGEST -> put(target, type, rows.longest());
      case KEPT -> put(target, type, 1);
      case CACHED -> put(target, type, rows.anyPast() ? 1 : 0);
      default -> {
        for (int row = 0; row < rows.count(); row++) {
          fillRow(target, input, rows, row);
        }
      }
    }
  }

  private static void fillRow(ByteBuffer target, Input input, RunRows rows, int row) {
    OnnxJavaType type = input.type();
    switch (input.content()) {
      case LENGTHS -> put(target, type, rows.past(row) + rows.fresh(row) - 1);
      case WANTED -> put(target, type, rows.fresh(row) - 1);
      case MASK -> {
        int from = rows.maskFrom(row);
        int to = from + rows.past(row) + rows.fresh(row);
        for (int i = 0; i < rows.maskWidth(); i++) {
          put(target, type, i >= from && i < to ? 1 : 0);
        }
      }
      case POSITIONS -> {
        for (int i = 0; i < rows.width(); i++) {
          put(target, type, rows.past(row) + Math.min(i, rows.fresh(row) - 1));
        }
      }
      default -> {
        for (int i = 0; i < rows.width(); i++) {
          put(target, type, i < rows.fresh(row) ? rows.token(row, i) : 0);
        }
      }
    }
  }

  private static void put(ByteBuffer target, OnnxJavaType type, int number) {
    switch (type) {
      case INT64 -> target.putLong(number);
      case INT32 -> target.putInt(number);
      default -> target.put((byte) number);
    }
  }

  private NativeMemory block(Content content, long bytes) {
    NativeMemory block = memory.get(content);
    if (block == null || block.size() < bytes) {
      if (block != null) {
        block.close();
      }
      block = new NativeMemory(Math.max(BYTES_AT_FIRST, bytes + bytes / 2));
      memory.put(content, block);
    }
    return block;
  }

  private static void close(OnnxTensor tensor) {
    if (tensor != null) {
      tensor.close();
    }
  }

  /** Frees tensors and memory. */
  @Override
  public void close() {
    for (Input input : signature.inputs()) {
      close(tensors.remove(input.name()));
    }
    memory.values().forEach(NativeMemory::close);
  }
}
