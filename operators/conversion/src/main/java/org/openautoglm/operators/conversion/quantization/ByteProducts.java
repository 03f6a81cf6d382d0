package org.openautoglm.operators.conversion.quantization;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.openautoglm.operators.conversion.graph.ElementType;

/**
 * How weights of 8 bits are stored for products with unsigned activations. ONNX Runtime's kernels
 * decide: on x86, that for signed weights is the fast one where the CPU has VNNI, and saturates
 * where it has not, which makes answers wrong by some percent; that for unsigned ones is exact
 * everywhere.
 */
public enum ByteProducts {
  /** Fast, and exact with VNNI only. */
  SIGNED(ElementType.INT8, 0),
  /** Exact on every CPU. */
  UNSIGNED(ElementType.UINT8, 128);

  private static final Path CPU = Path.of("/proc/cpuinfo");
  private static final Set<String> VNNI = Set.of("avx512_vnni", "avx_vnni");

  private final ElementType type;
  private final int zero;

  ByteProducts(ElementType type, int zero) {
    this.type = type;
    this.zero = zero;
  }

  /** The weights' type. */
  public ElementType type() {
    return type;
  }

  /** The number that stands for a weight of 0. */
  public int zero() {
    return zero;
  }

  /** What is fastest of what is exact on this machine; unsigned where its CPU is not known. */
  public static ByteProducts ofThisMachine() {
    try {
      return of(Files.readString(CPU, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return UNSIGNED;
    }
  }

  /**
   * What is fastest of what is exact on a CPU.
   *
   * @param cpu as Linux describes it in {@code /proc/cpuinfo}
   */
  static ByteProducts of(String cpu) {
    return Arrays.stream(cpu.split("\\s+")).anyMatch(VNNI::contains) ? SIGNED : UNSIGNED;
  }
}
