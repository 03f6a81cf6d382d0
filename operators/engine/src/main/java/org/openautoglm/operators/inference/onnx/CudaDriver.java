package org.openautoglm.operators.inference.onnx;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks for the driver of an NVIDIA GPU. Asking ONNX Runtime itself costs unpacking 583 MB, which a
 * machine without a GPU should not pay.
 */
public final class CudaDriver {
  static final String LIBRARY = "libcuda.so.1";

  private static final List<String> FOLDERS =
      List.of(
          "/usr/lib/x86_64-linux-gnu",
          "/usr/lib/aarch64-linux-gnu",
          "/usr/lib64",
          "/usr/lib",
          "/usr/lib/wsl/lib",
          "/usr/local/nvidia/lib64",
          "/usr/local/nvidia/lib",
          "/usr/local/cuda/compat");

  private CudaDriver() {}

  /** Whether the dynamic linker would find the driver. */
  public static boolean isPresent() {
    List<String> folders = new ArrayList<>(FOLDERS);
    String path = System.getenv("LD_LIBRARY_PATH");
    if (path != null) {
      folders.addAll(List.of(path.split(":")));
    }
    return folders.stream().anyMatch(folder -> Files.exists(Path.of(folder, LIBRARY)))
        || isInLinkerCache();
  }

  private static boolean isInLinkerCache() {
    try {
      byte[] cache = Files.readAllBytes(Path.of("/etc/ld.so.cache"));
      return new String(cache, StandardCharsets.ISO_8859_1).contains(LIBRARY);
    } catch (IOException e) {
      return false;
    }
  }
}
