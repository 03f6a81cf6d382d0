package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.openautoglm.operators.inference.onnx.CudaDriver;

/**
 * ONNX Runtime's libraries, unpacked once for all processes of this machine. Each would otherwise
 * unpack its own to a temporary folder: 32 MB, and 583 MB more where there is a GPU.
 */
final class NativeLibraries {
  private static final String FOLDER = "ai/onnxruntime/native/linux-x64/";

  private NativeLibraries() {}

  /**
   * The folder for {@code -Donnxruntime.native.path}; empty where the jar has none for this kind of
   * machine and finds its own way.
   *
   * @param classPath has ONNX Runtime's jar in it
   * @param target where folders of libraries are kept, one for each version
   */
  static Optional<Path> onnxRuntime(List<Path> classPath, Path target) throws IOException {
    if (!System.getProperty("os.name").equals("Linux")
        || !System.getProperty("os.arch").equals("amd64")) {
      return Optional.empty();
    }
    Path jar =
        classPath.stream()
            .filter(path -> path.getFileName().toString().matches("onnxruntime[^/]*\\.jar"))
            .findFirst()
            .orElseThrow(() -> new IOException("ONNX Runtime is not on Flink's class path"));
    boolean gpu = CudaDriver.isPresent();
    String version = jar.getFileName().toString().replace(".jar", "");
    Path folder = target.resolve(gpu ? version + "-cuda" : version);
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(target);
      Path beside = Files.createTempDirectory(target, ".unfinished-");
      unpack(jar, beside, gpu);
      Files.move(beside, folder, StandardCopyOption.ATOMIC_MOVE);
    }
    return Optional.of(folder);
  }

  private static void unpack(Path jar, Path folder, boolean gpu) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      for (JarEntry entry :
          file.stream()
              .filter(each -> each.getName().startsWith(FOLDER) && !each.isDirectory())
              .filter(each -> gpu || !each.getName().matches(".*_(cuda|tensorrt)\\.so"))
              .toList()) {
        try (InputStream library = file.getInputStream(entry)) {
          Files.copy(library, folder.resolve(entry.getName().substring(FOLDER.length())));
        }
      }
    }
  }
}
