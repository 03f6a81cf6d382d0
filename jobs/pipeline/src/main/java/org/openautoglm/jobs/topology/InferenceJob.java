package org.openautoglm.jobs.topology;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.PipelineOptionsInternal;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.openautoglm.jobs.configuration.CheckpointPatience;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.configuration.JobConfiguration.Delivery;
import org.openautoglm.jobs.configuration.ModelConfiguration;
import org.openautoglm.jobs.kafka.KafkaEnds;
import org.openautoglm.jobs.kafka.TopicBoundsSource;
import org.openautoglm.jobs.kafka.preflight.Preflight;
import org.openautoglm.jobs.kafka.start.OneOfItsName;
import org.openautoglm.jobs.kafka.start.StartOptions;
import org.openautoglm.jobs.topology.InferenceTopology.Ends;
import org.openautoglm.operators.inference.FailureClassifier;
import org.openautoglm.operators.inference.ModelProvider;
import org.openautoglm.operators.inference.onnx.OnnxFailureClassifier;
import org.openautoglm.operators.inference.onnx.OnnxModelProvider;
import org.openautoglm.operators.tracing.TracingSpec;
import org.openautoglm.schemas.request.RequestLimits;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The job as a cluster runs it: {@code flink run autoglm-job.jar --config FILE}. */
public final class InferenceJob {
  private static final Logger LOG = LoggerFactory.getLogger(InferenceJob.class);

  /**
   * The number of key groups, and so the largest parallelism. Frozen: state is laid out by it, and
   * Flink's default would change with the parallelism of the first start.
   */
  static final int MAX_PARALLELISM = 1024;

  /** A fiftieth of the default checkpoint interval, at which answers become visible. */
  private static final Duration EXACTLY_ONCE_BUFFER_TIMEOUT = Duration.ofMillis(20);

  private InferenceJob() {}

  /**
   * Submits the job that a configuration file describes.
   *
   * <p>What is wrong with it is thrown: where this runs inside a JobManager, as in application
   * mode, to end the process would end it before Flink has said why.
   *
   * @throws IllegalArgumentException when the arguments are not what they should be
   * @throws ConfigurationException with all that is wrong with the file
   */
  public static void main(String[] args) throws Exception {
    JobArguments arguments = JobArguments.parse(args);
    JobConfiguration job = ConfigurationFile.load(arguments.config());
    CheckpointPatience.warning(job).ifPresent(LOG::warn);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(arguments.start().toConfiguration());
    Preflight.usual().and(new OneOfItsName(fixedJobId(env))).require(job);
    define(env, job);
    env.execute(job.name());
  }

  /** In application mode: the job may have been restored under it before this runs. */
  private static Optional<String> fixedJobId(StreamExecutionEnvironment env) {
    return env.getConfiguration().getOptional(PipelineOptionsInternal.PIPELINE_FIXED_JOB_ID);
  }

  /** Adds the job to an environment, with its models on ONNX Runtime. */
  public static void define(StreamExecutionEnvironment env, JobConfiguration job) {
    define(env, job, new OnnxModelProvider(), new OnnxFailureClassifier());
  }

  /** Adds the job to an environment, with its models from elsewhere. */
  public static void define(
      StreamExecutionEnvironment env,
      JobConfiguration job,
      ModelProvider provider,
      FailureClassifier classifier) {
    configure(env, job);
    KafkaEnds kafka = KafkaEnds.of(job, StartOptions.of(env.getConfiguration()));
    InferenceTopology.build(
        env,
        new TopologySpec(
            job.withPathsFrom(Path.of("")).models().stream()
                .map(ModelConfiguration::toSpec)
                .map(model -> model.runsWithin(job.inference().timeout().toMillis()))
                .toList(),
            provider,
            classifier,
            new RequestLimits(
                job.limits().maxRecordBytes(),
                job.limits().maxInputs(),
                job.limits().maxInputChars()),
            job.inference().maxBatchesInFlight(),
            TopicBoundsSource.of(job.kafka(), job.delivery(), job.limits().maxResultBytes()),
            job.rebalance(),
            tracing(job.tracing())),
        new Ends(kafka.prompts(), kafka.answers(), kafka.refusals()));
  }

  private static TracingSpec tracing(JobConfiguration.Tracing tracing) {
    return new TracingSpec(
        tracing.endpoint() == null ? "" : tracing.endpoint(),
        tracing.sampleOneIn(),
        tracing.followParent(),
        tracing.serviceName(),
        tracing.maxQueuedSpans());
  }

  /** Sets what the job's guarantees depend on, over whatever the cluster's configuration says. */
  public static void configure(StreamExecutionEnvironment env, JobConfiguration job) {
    Configuration flink = new Configuration();
    flink.set(PipelineOptions.NAME, job.name());
    flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, job.checkpointInterval());
    flink.set(
        CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE,
        job.delivery() == Delivery.EXACTLY_ONCE
            ? CheckpointingMode.EXACTLY_ONCE
            : CheckpointingMode.AT_LEAST_ONCE);
    flink.set(PipelineOptions.MAX_PARALLELISM, MAX_PARALLELISM);
    flink.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    // What flows is immutable, so handing it on without a copy is safe.
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    // Whoever reads answers as they come waits for every buffer. Exactly once nobody does, and to
    // wake up for half-empty ones every few milliseconds takes a thirtieth of a core.
    flink.set(
        ExecutionOptions.BUFFER_TIMEOUT,
        job.delivery() == Delivery.AT_LEAST_ONCE ? Duration.ZERO : EXACTLY_ONCE_BUFFER_TIMEOUT);
    env.configure(flink);
    job.parallelism().ifPresent(env::setParallelism);
  }
}
