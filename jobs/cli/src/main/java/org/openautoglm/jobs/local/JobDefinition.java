package org.openautoglm.jobs.local;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.openautoglm.jobs.configuration.JobConfiguration;

/** Says what a job does: adds its stages to an environment. */
@FunctionalInterface
public interface JobDefinition {
  /**
   * Adds the job.
   *
   * @throws Exception when the configuration cannot be served; the message is for people
   */
  void define(StreamExecutionEnvironment env, JobConfiguration configuration) throws Exception;
}
