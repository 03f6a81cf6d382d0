package org.openautoglm.jobs.kafka.start;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.memory.ByteStreamStateHandle;
import org.openautoglm.jobs.local.RetainedCheckpoints;

/**
 * Whose a checkpoint or savepoint is: the name stands in the state of the source's enumerator,
 * which Flink keeps in the metadata file.
 */
public final class KeptState {
  private KeptState() {}

  /**
   * The newest that a job of a name left.
   *
   * @throws IOException when there is none; the message says what there is
   */
  public static Path of(String name, Path... directories) throws IOException {
    List<String> others = new ArrayList<>();
    for (Path kept : RetainedCheckpoints.newestFirst(directories)) {
      Optional<String> owner = owner(kept);
      if (owner.equals(Optional.of(name))) {
        return kept;
      }
      others.add(kept + owner.map(other -> " of job " + other).orElse(" without a job's name"));
    }
    throw new IOException(
        "no checkpoint or savepoint of job %s was kept in %s%s"
            .formatted(
                name,
                List.of(directories),
                others.isEmpty()
                    ? ""
                    : "; there is "
                        + String.join(", ", others.subList(0, Math.min(3, others.size())))
                        + "; --from-savepoint takes any that is this job's"));
  }

  /** Whose it is; empty where an earlier version made it. */
  static Optional<String> owner(Path kept) throws IOException {
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
