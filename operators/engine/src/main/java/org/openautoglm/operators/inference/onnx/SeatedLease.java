package org.openautoglm.operators.inference.onnx;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.InferenceEngine;

/** A lease on a subtask's own GPUs, which keeps its seat until the last of its leases is closed. */
final class SeatedLease implements EngineLease {
  private final EngineLease lease;
  private final GpuSeats seats;
  private final String subtask;
  private final AtomicBoolean open = new AtomicBoolean(true);

  /** Takes over one of the subtask's claims to its seat. */
  SeatedLease(EngineLease lease, GpuSeats seats, String subtask) {
    this.lease = lease;
    this.seats = seats;
    this.subtask = subtask;
  }

  @Override
  public List<InferenceEngine> engines() {
    return lease.engines();
  }

  @Override
  public Optional<EngineLease> successor() {
    return lease
        .successor()
        .map(
            next -> {
              seats.take(subtask);
              return new SeatedLease(next, seats, subtask);
            });
  }

  @Override
  public void onSuccessor(Runnable wake) {
    lease.onSuccessor(wake);
  }

  @Override
  public long failedReloads() {
    return lease.failedReloads();
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      lease.close();
      seats.giveBack(subtask);
    }
  }
}
