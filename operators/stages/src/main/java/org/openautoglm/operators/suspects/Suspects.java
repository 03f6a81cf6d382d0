package org.openautoglm.operators.suspects;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;
import org.openautoglm.operators.inference.ProcessFaults;
import org.openautoglm.schemas.wire.Coordinates;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the record that brings the process down, which no exception names: what crashes native
 * code, or takes all memory. Each operator notes on disk what it has in hand while it works on it.
 * When the job comes back, what was in hand at the end of a process is suspect and runs with
 * nothing beside it in the whole process. One that is alone in hand when the process ends again is
 * not run a third time; one that was only beside it is never set aside. See {@link Solitude} for
 * what that costs the others, and where it ends.
 *
 * <p>Costs a few stores to memory for each step, and nothing else until a process has ended with
 * something in hand. It knows the disk of this machine only: where another takes over, or a pod
 * comes back with an empty disk, a record is innocent again.
 *
 * <p>A record is known by where it is worked on, too: on a lane, or in a step before and after. One
 * that was in hand on a lane is suspect there alone.
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
  private static final int[] NO_PLACES = {};

  private final Path directory;
  private final int attempt;
  private final Map<Long, Past> past;
  private final InHand inHand;
  private final Solitude solitude = Solitude.SHARED;

  private Suspects(Path directory, int attempt, Map<Long, Past> past, InHand inHand) {
    this.directory = directory;
    this.attempt = attempt;
    this.past = Map.copyOf(past);
    this.inHand = inHand;
  }

  /** Suspects nobody and notes nothing. */
  public static Suspects none() {
    return new Suspects(null, 0, Map.of(), null);
  }

  /** Of the operator that is being opened. */
  public static Suspects of(RuntimeContext context) {
    return context instanceof StreamingRuntimeContext streaming
        ? open(
            Path.of(streaming.getTaskManagerRuntimeInfo().getTmpDirectories()[0]),
            context.getJobInfo().getJobId().toString(),
            context.getTaskInfo().getAttemptNumber())
        : none();
  }

  /**
   * Of one operator of a job. Where the disk does not serve, nobody is suspected, and the log says
   * so.
   *
   * @param temporary the TaskManager's temporary directory
   * @param job the job's id, the same after every restart
   * @param attempt which start of the job this is
   */
  public static Suspects open(Path temporary, String job, int attempt) {
    Path directory = temporary.resolve(DIRECTORY).resolve(job);
    try {
      Map<Long, Past> past = PastEnds.read(directory);
      String name = PastEnds.fileName(attempt, UUID.randomUUID().toString(), PastEnds.IN_HAND);
      if (!past.isEmpty()) {
        LOG.warn(
            "{} records were in hand when a process ended; each runs with nothing beside it, and {}"
                + " of them that were alone at a second end not at all",
            past.size(),
            past.values().stream().filter(Past::isGuilty).count());
      }
      return new Suspects(directory, attempt, past, InHand.create(directory.resolve(name)));
    } catch (IOException | RuntimeException e) {
      LOG.warn("No record that crashes this process can be found out: {}", e.toString());
      return none();
    }
  }

  /** Whether this record has to run alone on its lane. */
  public boolean suspects(Coordinates source) {
    return !past.isEmpty() && isForSolitude(id(source));
  }

  private boolean isForSolitude(long record) {
    Past known = past.get(record);
    return known != null && solitude.isFor(known);
  }

  /** Whether this record has ended the process twice, wherever it was, and is not run again. */
  public boolean convicts(Coordinates source) {
    return !past.isEmpty() && (isGuilty(id(source)) || isGuilty(inStep(id(source))));
  }

  private boolean isGuilty(long record) {
    Past known = past.get(record);
    return known != null && known.isGuilty();
  }

  /**
   * Notes that these are worked on, until the hand is closed. Waits where a suspect runs; and one
   * that is suspect waits until nothing else does.
   */
  public Hand take(long[] records) throws InterruptedException {
    Solitude.Stay stay = null;
    if (!past.isEmpty()) {
      boolean alone = records.length == 1 && isForSolitude(records[0]);
      stay = alone ? solitude.alone(past.get(records[0])) : solitude.company();
    }
    return new Hand(inHand == null ? NO_PLACES : inHand.take(records), stay);
  }

  /** For work on one record at a time, by one thread. */
  public Step step() {
    int[] taken = inHand == null ? NO_PLACES : inHand.take(new long[0]);
    return new Step(taken.length == 0 ? -1 : taken[0]);
  }

  /** Of an error anything may be the cause that is in hand. */
  private void accuse(Throwable thrown) {
    if (inHand == null || !ProcessFaults.accuses(thrown)) {
      return;
    }
    try {
      long[] records = PastEnds.inHandNow(directory).stream().mapToLong(Long::longValue).toArray();
      String name = PastEnds.fileName(attempt, UUID.randomUUID().toString(), PastEnds.FAULT);
      var unused = InHand.create(directory.resolve(name)).take(records);
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

  /** The same record in a step. */
  private static long inStep(long record) {
    return ~record;
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

  /** Records in hand on a lane. */
  public final class Hand implements AutoCloseable {
    private final int[] places;
    private final Solitude.Stay stay;

    private Hand(int[] places, Solitude.Stay stay) {
      this.places = places;
      this.stay = stay;
    }

    /** Whether it may have waited for others before. */
    public boolean hasWaited() {
      return stay != null && stay.hasWaited();
    }

    /** Work on these has failed the process, which may live on, where it is of such a kind. */
    public void failed(Throwable thrown) {
      accuse(thrown);
    }

    /** They are left to themselves, and others need not wait for them any more. Any thread. */
    public void abandon() {
      if (stay != null) {
        stay.leave();
      }
    }

    @Override
    public void close() {
      if (inHand != null) {
        inHand.lay(places);
      }
      if (stay != null) {
        stay.close();
      }
    }
  }

  /** One record after the other, in a step. */
  public final class Step {
    private final int place;
    private Solitude.Stay stay;

    private Step(int place) {
      this.place = place;
    }

    /** Work on this record begins. */
    public void begin(Coordinates source) {
      if (place < 0) {
        return;
      }
      long record = inStep(id(source));
      if (!past.isEmpty()) {
        stay = stay(record);
      }
      inHand.put(place, record);
    }

    private Solitude.Stay stay(long record) {
      try {
        return isForSolitude(record) ? solitude.alone(past.get(record)) : solitude.company();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // The task is being cancelled.
        return null;
      }
    }

    /** And ends. */
    public void end() {
      if (place >= 0) {
        inHand.clear(place);
      }
      if (stay != null) {
        stay.close();
        stay = null;
      }
    }

    /** And has failed the process. */
    public void failed(Throwable thrown) {
      accuse(thrown);
    }
  }
}
