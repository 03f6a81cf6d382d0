package org.openautoglm.flink.gpu;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.flink.api.common.externalresource.ExternalResourceDriver;
import org.apache.flink.util.FlinkException;

/** Asks a program which GPUs there are. */
final class GpuDriver implements ExternalResourceDriver {
  private static final long PATIENCE_SECONDS = 30;
  private static final Pattern BETWEEN = Pattern.compile("[,\\s]+");
  private static final Pattern INDEX = Pattern.compile("\\d{1,4}");

  private final List<String> program;
  private final boolean takesAmount;

  GpuDriver(List<String> program, boolean takesAmount) {
    this.program = List.copyOf(program);
    this.takesAmount = takesAmount;
  }

  /**
   * The first GPUs that the program names.
   *
   * @throws FlinkException when there are fewer, or the program cannot say; the TaskManager does
   *     not start then
   */
  @Override
  public Set<GpuInfo> retrieveResourceInfo(long amount) throws Exception {
    List<String> command = new ArrayList<>(program);
    if (takesAmount) {
      command.add(Long.toString(amount));
    }
    Set<GpuInfo> found = new LinkedHashSet<>();
    String answer = run(command).strip();
    for (String index : BETWEEN.split(answer, -1)) {
      if (!INDEX.matcher(index).matches()) {
        throw new FlinkException(program.get(0) + " named no GPU, but said: " + answer);
      }
      if (found.size() < amount) {
        found.add(new GpuInfo(Integer.parseInt(index)));
      }
    }
    if (found.size() < amount) {
      throw new FlinkException(
          "external-resource.gpu.amount is %d, but %s names %s"
              .formatted(amount, program.get(0), found));
    }
    return found;
  }

  private String run(List<String> command) throws FlinkException, InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      // Read first: a program that says much would wait for its reader for ever.
      String answer = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new FlinkException(command.get(0) + " did not end");
      }
      if (process.exitValue() != 0) {
        throw new FlinkException(
            "%s failed (%d): %s".formatted(command.get(0), process.exitValue(), answer.strip()));
      }
      return answer;
    } catch (IOException e) {
      throw new FlinkException(
          "GPUs are configured (external-resources: gpu), but " + command.get(0) + " cannot run",
          e);
    }
  }
}
