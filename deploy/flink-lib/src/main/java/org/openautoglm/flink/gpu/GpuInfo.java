package org.openautoglm.flink.gpu;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.externalresource.ExternalResourceInfo;

/**
 * One GPU.
 *
 * @param index as CUDA counts them
 */
record GpuInfo(int index) implements ExternalResourceInfo {
  /** The property that holds the index, the same as of Flink's own driver. */
  static final String INDEX = "index";

  GpuInfo {
    if (index < 0) {
      throw new IllegalArgumentException("a GPU's index is 0 or more, not " + index);
    }
  }

  @Override
  public Optional<String> getProperty(String key) {
    return key.equals(INDEX) ? Optional.of(Integer.toString(index)) : Optional.empty();
  }

  @Override
  public Collection<String> getKeys() {
    return List.of(INDEX);
  }
}
