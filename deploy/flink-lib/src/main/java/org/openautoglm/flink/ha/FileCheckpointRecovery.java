package org.openautoglm.flink.ha;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.concurrent.Executor;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.checkpoint.CheckpointIDCounter;
import org.apache.flink.runtime.checkpoint.CheckpointRecoveryFactory;
import org.apache.flink.runtime.checkpoint.CheckpointStoreUtil;
import org.apache.flink.runtime.checkpoint.CompletedCheckpoint;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStore;
import org.apache.flink.runtime.checkpoint.DefaultCompletedCheckpointStore;
import org.apache.flink.runtime.checkpoint.DefaultCompletedCheckpointStoreUtils;
import org.apache.flink.runtime.state.SharedStateRegistryFactory;

/** Which checkpoints each job has, in a folder for each job. */
final class FileCheckpointRecovery implements CheckpointRecoveryFactory {

  /** Padded, so that the order of names is the order of checkpoints. */
  private static final CheckpointStoreUtil NAMES =
      new CheckpointStoreUtil() {
        @Override
        public String checkpointIDToName(long checkpointId) {
          return String.format(Locale.ROOT, "%019d", checkpointId);
        }

        @Override
        public long nameToCheckpointID(String name) {
          try {
            return Long.parseLong(name);
          } catch (NumberFormatException e) {
            return INVALID_CHECKPOINT_ID;
          }
        }
      };

  private final Path root;

  FileCheckpointRecovery(Path root) {
    this.root = root;
  }

  @Override
  public CompletedCheckpointStore createRecoveredCompletedCheckpointStore(
      JobID job,
      int maxRetained,
      SharedStateRegistryFactory sharedState,
      Executor ioExecutor,
      RecoveryClaimMode claimMode)
      throws Exception {
    FileStateHandleStore<CompletedCheckpoint> store = store(job);
    Collection<CompletedCheckpoint> completed =
        DefaultCompletedCheckpointStoreUtils.retrieveCompletedCheckpoints(store, NAMES);
    return new DefaultCompletedCheckpointStore<>(
        maxRetained,
        store,
        NAMES,
        completed,
        sharedState.create(ioExecutor, completed, claimMode),
        ioExecutor);
  }

  @Override
  public CheckpointIDCounter createCheckpointIDCounter(JobID job) throws IOException {
    long newest =
        store(job).getAllHandles().stream().mapToLong(NAMES::nameToCheckpointID).max().orElse(0);
    return new FileCheckpointIDCounter(counter(job), newest + 1);
  }

  /** Deletes what is known of a job that has ended. */
  void forget(JobID job) {
    try {
      Directories.delete(root.resolve(job.toHexString()));
      Files.deleteIfExists(counter(job));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private FileStateHandleStore<CompletedCheckpoint> store(JobID job) throws IOException {
    return new FileStateHandleStore<>(root.resolve(job.toHexString()));
  }

  private Path counter(JobID job) {
    return root.resolve(job.toHexString() + ".next");
  }
}
