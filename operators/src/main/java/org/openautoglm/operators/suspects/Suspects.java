package org.openautoglm.operators.suspects;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;
import org.openautoglm.operators.inference.ProcessFaults;
import org.openautoglm.schemas.wire.Coordinates;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the record that brings the process down, which no exception names: what crashes native
 * code, or takes all memory. Each operator notes on disk what it has in hand while it works on it.
 * When the job comes back, what was in hand at the end of a process runs alone, one such record at
 * a time; the one that is in hand again when the process ends again is not run any more.
 *
 * <p>Costs a few stores to memory for each step, and nothing else until a process has ended with
 * something in hand. It knows the disk of this machine only: where another takes over, or a pod
 * comes back with an empty disk, a record is innocent again.
 *
 * <p>Thread-safe; one for each operator, from its opening to its end.
 */
public final class Suspects implements AutoCloseable {
  /** Why a record is not worked on again. */
  public static final String VERDICT =
      "the process ended each time it worked on this record, so it is not worked on again: see the"
          + " logs of the ends, and the JVM's crash reports";

  private static final Logger LOG = LoggerFactory.getLogger(Suspects.class);
  private static final String DIRECTORY = "autoglm-in-hand";

  /** A suspect that hangs must not hold up the others for good. */
  private static final long PATIENCE_SECONDS = 60;

  /** Of this process: two suspects at a time, and nobody knew which of them it was. */
  private static final Semaphore ALONE = new Semaphore(1);

  private final Path directory;
  private final Map<Long, Integer> weights;
  private final InHand inHand;

  private Suspects(Path directory, Map<Long, Integer> weights, InHand inHand) {
    this.directory = directory;
    this.weights = new ConcurrentHashMap<>(weights);
    this.inHand = inHand;
  }

  /** Suspects nobody and notes nothing. */
  public static Suspects none() {
    return new Suspects(null, Map.of(), null);
  }

  /** Of the operator that is being opened. */
  public static Suspects of(RuntimeContext context) {
    return context instanceof StreamingRuntimeContext streaming
        ? open(
            Path.of(streaming.getTaskManagerRuntimeInfo().getTmpDirectories()[0]),
            context.getJobInfo().getJobId().toString())
        : none();
  }

  /**
   * Of one operator of a job. Where the disk does not serve, nobody is suspected, and the log says
   * so.
   *
   * @param temporary the TaskManager's temporary directory
   * @param job the job's id, the same after every restart
   */
  public static Suspects open(Path temporary, String job) {
    Path directory = temporary.resolve(DIRECTORY).resolve(job);
    try {
      Map<Long, Integer> weights = new HashMap<>(Deaths.weights(directory));
      String name = Deaths.fileName(UUID.randomUUID().toString(), "in-hand");
      if (!weights.isEmpty()) {
        LOG.warn(
            "{} records were in hand when a process ended; they run alone, and {} of them that were"
                + " so more than once not at all",
            weights.size(),
            weights.values().stream().filter(weight -> weight >= Deaths.GUILTY).count());
      }
      return new Suspects(directory, weights, InHand.create(directory.resolve(name)));
    } catch (IOException | RuntimeException e) {
      LOG.warn("No record that crashes this process can be found out: {}", e.toString());
      return none();
    }
  }

  /** Whether any record is suspect: whoever asks about each of many asks this first. */
  public boolean isEmpty() {
    return weights.isEmpty();
  }

  /** Whether this record has to run alone. */
  public boolean suspects(Coordinates source) {
    return !weights.isEmpty() && weights.containsKey(id(source));
  }

  /** Whether this record has ended the process too often to be run again. */
  public boolean convicts(Coordinates source) {
    return !weights.isEmpty() && weights.getOrDefault(id(source), 0) >= Deaths.GUILTY;
  }

  /** Notes that these are worked on, until the hand is closed; waits where a suspect runs. */
  public Hand take(long[] records) throws InterruptedException {
    boolean isSuspect =
        !weights.isEmpty() && records.length == 1 && weights.containsKey(records[0]);
    boolean isAlone = isSuspect && ALONE.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS);
    return new Hand(records, inHand == null ? null : inHand.take(records), isAlone);
  }

  /** For work on one record at a time, by one thread. */
  public Step step() {
    return new Step(inHand == null ? -1 : inHand.take(new long[0]));
  }

  private void accuse(long[] records) {
    if (inHand == null) {
      return;
    }
    try {
      String name = Deaths.fileName(UUID.randomUUID().toString(), "fault");
      InHand.create(directory.resolve(name)).take(records);
    } catch (IOException | RuntimeException e) {
      LOG.warn("What was in hand at a failure could not be noted: {}", e.toString());
    }
  }

  /** A record as this knows it. */
  public static long id(Coordinates source) {
    long id = 1_125_899_906_842_597L * source.getTopic().hashCode() + source.getPartition();
    id = (id ^ (id >>> 32)) * 0x9E3779B97F4A7C15L + source.getOffset();
    return (id ^ (id >>> 29)) * 0xBF58476D1CE4E5B9L;
  }

  /** The operator ends in good order, or fails without anything in hand that is to blame. */
  @Override
  public void close() {
    if (inHand != null) {
      try {
        inHand.close();
      } catch (IOException e) {
        LOG.warn("A file in {} stays behind: {}", directory, e.toString());
      }
    }
  }

  /** Records in hand. */
  public final class Hand implements AutoCloseable {
    private final long[] records;
    private final Integer place;
    private final boolean isAlone;

    private Hand(long[] records, Integer place, boolean isAlone) {
      this.records = records;
      this.place = place;
      this.isAlone = isAlone;
    }

    /** Work on these has failed the process, which may live on, where it is of such a kind. */
    public void failed(Throwable thrown) {
      if (ProcessFaults.accuses(thrown)) {
        accuse(records);
      }
    }

    @Override
    public void close() {
      if (inHand != null) {
        inHand.lay(place);
      }
      if (isAlone) {
        ALONE.release();
      }
    }
  }

  /** One record after the other. */
  public final class Step {
    private final int place;
    private long record;

    private Step(int place) {
      this.place = place;
    }

    /** Work on this record begins. */
    public void begin(Coordinates source) {
      if (place >= 0) {
        record = id(source);
        inHand.put(place, record);
      }
    }

    /** And ends. */
    public void end() {
      if (place >= 0) {
        inHand.clear(place);
      }
    }

    /** And has failed the process. */
    public void failed(Throwable thrown) {
      if (ProcessFaults.accuses(thrown)) {
        accuse(new long[] {record});
      }
    }
  }
}
