package org.openautoglm.flink.ha;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.runtime.blob.BlobUtils;
import org.apache.flink.runtime.highavailability.FileSystemApplicationResultStore;
import org.apache.flink.runtime.highavailability.FileSystemJobResultStore;
import org.apache.flink.runtime.highavailability.HighAvailabilityServices;
import org.apache.flink.runtime.highavailability.HighAvailabilityServicesFactory;
import org.apache.flink.runtime.highavailability.HighAvailabilityServicesUtils;
import org.apache.flink.runtime.rpc.AddressResolution;
import org.apache.flink.runtime.rpc.RpcSystem;

/**
 * {@code high-availability.type: org.openautoglm.flink.ha.FileHaServicesFactory}: a JobManager that
 * is started again on the same address and {@code high-availability.storageDir} goes on with its
 * jobs from their last checkpoints.
 *
 * <p>There is no election. Whoever starts JobManagers must never let two run on one directory, as
 * one supervisor of one process does not. Where that cannot be promised, Flink's own services for
 * ZooKeeper or Kubernetes belong.
 */
public final class FileHaServicesFactory implements HighAvailabilityServicesFactory {

  @Override
  public HighAvailabilityServices createHAServices(Configuration configuration, Executor executor)
      throws Exception {
    Path root = directory(configuration);
    Configuration fixedAddress = new Configuration(configuration);
    fixedAddress.set(HighAvailabilityOptions.HA_MODE, "NONE");
    try (RpcSystem rpc = RpcSystem.load(configuration)) {
      HighAvailabilityServices leaders =
          HighAvailabilityServicesUtils.createHighAvailabilityServices(
              fixedAddress,
              executor,
              AddressResolution.NO_ADDRESS_RESOLUTION,
              rpc,
              error -> {
                throw new IllegalStateException("a fixed address cannot fail", error);
              });
      return new FileHaServices(
          leaders,
          root,
          BlobUtils.createBlobStoreFromConfig(configuration),
          FileSystemJobResultStore.fromConfiguration(configuration, executor),
          FileSystemApplicationResultStore.fromConfiguration(configuration, executor));
    }
  }

  // Files are renamed into place, which only a real file system does at once.
  private static Path directory(Configuration configuration) throws Exception {
    org.apache.flink.core.fs.Path path =
        HighAvailabilityServicesUtils.getClusterHighAvailableStoragePath(configuration);
    String scheme = path.toUri().getScheme();
    if (scheme != null && !scheme.equals("file")) {
      throw new IllegalConfigurationException(
          HighAvailabilityOptions.HA_STORAGE_PATH.key()
              + " is "
              + path
              + ", but must be a directory of this machine (file:///…)");
    }
    return Files.createDirectories(Path.of(path.getPath()));
  }
}
