package org.openautoglm.flink.gpu;

import java.util.List;
import org.apache.flink.api.common.externalresource.ExternalResourceDriver;
import org.apache.flink.api.common.externalresource.ExternalResourceDriverFactory;
import org.apache.flink.configuration.Configuration;

/**
 * {@code external-resource.gpu.driver-factory.class: org.openautoglm.flink.gpu.GpuDriverFactory}:
 * offers the machine's NVIDIA GPUs to a TaskManager. Its jar lies in a folder of Flink's {@code
 * plugins}.
 *
 * <p>It takes Flink's own driver's parameter {@code external-resource.gpu.param.discovery-script
 * .path} where it is set: a program that gets the amount as its argument and prints indexes,
 * separated by commas or lines.
 */
public final class GpuDriverFactory implements ExternalResourceDriverFactory {
  static final String SCRIPT = "discovery-script.path";

  private static final List<String> NVIDIA =
      List.of("nvidia-smi", "--query-gpu=index", "--format=csv,noheader");

  @Override
  @SuppressWarnings("deprecation") // Parameters of drivers have no options.
  public ExternalResourceDriver createExternalResourceDriver(Configuration parameters) {
    String script = parameters.getString(SCRIPT, "").strip();
    return script.isEmpty() ? new GpuDriver(NVIDIA, false) : new GpuDriver(List.of(script), true);
  }
}
