package org.openautoglm.jobs.configuration;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.openautoglm.schemas.request.RequestLimits;

/**
 * One job's configuration, complete and checked: everything that the file left out has its default.
 *
 * <p>What each option means stands once, in {@code autoglm.schema.json}; the names here are the
 * same.
 *
 * @param name what the cluster calls the job, and everything that belongs to it alone
 * @param rebalance whether prompts are handed in turn to all subtasks before they are decoded
 * @param parallelism empty: the cluster's default
 * @param models at least one, names all different
 */
public record JobConfiguration(
    String name,
    KafkaConfiguration kafka,
    Delivery delivery,
    Duration checkpointInterval,
    boolean rebalance,
    OptionalInt parallelism,
    Limits limits,
    Inference inference,
    Tracing tracing,
    List<ModelConfiguration> models) {

  public JobConfiguration {
    models = List.copyOf(models);
  }

  /** What the job promises about its output topics. */
  public enum Delivery {
    /** Results and audit commit with each checkpoint. */
    EXACTLY_ONCE,
    /** Results are visible at once; duplicates are possible after a failure. */
    AT_LEAST_ONCE
  }

  /**
   * What a request may be.
   *
   * @param maxRecordBytes the largest prompt record, bytes
   * @param maxInputs the most inputs of a request
   * @param maxInputChars the longest input, characters
   * @param maxResultBytes the largest result record, bytes
   */
  public record Limits(int maxRecordBytes, int maxInputs, int maxInputChars, int maxResultBytes) {

    /** What may come in, as the decoder needs it. */
    public RequestLimits toRequestLimits() {
      return new RequestLimits(maxRecordBytes, maxInputs, maxInputChars);
    }
  }

  /**
   * How models are run, whatever the model.
   *
   * @param maxBatchesInFlight batches that run at once on a device of a process; 0: as many as it
   *     has lanes
   * @param timeout how long a run on a device may take; 0: as long as it likes
   */
  public record Inference(int maxBatchesInFlight, Duration timeout) {}

  /**
   * Whether and how requests are traced.
   *
   * @param endpoint where spans go; null: nowhere
   * @param sampleOneIn every so-manieth trace is kept
   * @param followParent whether a {@code traceparent} decides for its request
   * @param serviceName what the spans' resource is called
   * @param maxQueuedSpans spans that wait to be exported; beyond it they are dropped
   */
  public record Tracing(
      String endpoint,
      int sampleOneIn,
      boolean followParent,
      String serviceName,
      int maxQueuedSpans) {}

  /** The same job on another broker, which has no security. */
  public JobConfiguration withOpenBroker(String bootstrapServers) {
    return new JobConfiguration(
        name,
        kafka.withOpenBroker(bootstrapServers),
        delivery,
        checkpointInterval,
        rebalance,
        parallelism,
        limits,
        inference,
        tracing,
        models);
  }

  /**
   * The same job with its models' relative paths made absolute, as its tasks will run elsewhere.
   *
   * @param base what they are relative to
   */
  public JobConfiguration withPathsFrom(Path base) {
    return new JobConfiguration(
        name,
        kafka,
        delivery,
        checkpointInterval,
        rebalance,
        parallelism,
        limits,
        inference,
        tracing,
        models.stream().map(model -> model.withPathFrom(base)).toList());
  }
}
