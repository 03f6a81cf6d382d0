package org.openautoglm.jobs.kafka.start;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;

/**
 * Whose a checkpoint or savepoint is: the name stands in the state of the source's enumerator,
 * which Flink keeps in the metadata file.
 */
public final class KeptState {
  private KeptState() {}

  /** Whose it is; empty where an earlier version made it. */
  public static Optional<String> owner(Path kept) throws IOException {
    Path file = kept.resolve("_metadata");
    CheckpointMetadata metadata;
    try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
      metadata =
          Checkpoints.loadCheckpointMetadata(
              in, KeptState.class.getClassLoader(), kept.toUri().toString());
    }
    for (OperatorState operator : metadata.getOperatorStates()) {
      ByteStreamStateHandle coordinator = operator.getCoordinatorState();
      if (coordinator != null) {
        Optional<SourceIdentity> identity = identity(coordinator.getData());
        if (identity.isPresent()) {
          return identity.map(SourceIdentity::name);
        }
      }
    }
    return Optional.empty();
  }

  /** As Flink's source coordinator writes it: its version, the state's version, length, state. */
  private static Optional<SourceIdentity> identity(byte[] coordinator) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(coordinator));
    in.readInt();
    int version = in.readInt();
    return CheckedStateSerializer.identity(version, in.readNBytes(in.readInt()));
  }
}
