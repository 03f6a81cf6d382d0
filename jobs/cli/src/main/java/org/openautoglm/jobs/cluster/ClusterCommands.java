package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.TaskManagerOptionsInternal;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessSpec;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint;
import org.apache.flink.runtime.jobmanager.JobManagerProcessSpec;
import org.apache.flink.runtime.jobmanager.JobManagerProcessUtils;
import org.apache.flink.runtime.taskexecutor.TaskManagerRunner;
import org.apache.flink.runtime.util.config.memory.ProcessMemoryUtils;

/** The command lines of a cluster's processes, as Flink's own scripts would make them. */
final class ClusterCommands {
  private final Configuration flink;
  private final ClusterDirectory directory;
  private final List<String> options;

  /**
   * @param options of every JVM, besides memory and logs
   */
  ClusterCommands(Configuration flink, ClusterDirectory directory, List<String> options) {
    this.flink = flink;
    this.directory = directory;
    this.options = List.copyOf(options);
  }

  List<String> jobManager(String name) throws IOException {
    JobManagerProcessSpec memory = JobManagerProcessUtils.processSpecFromConfig(flink);
    List<String> command = java(name, ProcessMemoryUtils.generateJvmParametersStr(memory));
    command.addAll(words(flink.get(CoreOptions.FLINK_JM_JVM_OPTIONS)));
    command.add(StandaloneSessionClusterEntrypoint.class.getName());
    command.addAll(List.of("--configDir", directory.configuration().toString()));
    command.addAll(words(JobManagerProcessUtils.generateDynamicConfigsStr(memory)));
    return command;
  }

  List<String> taskManager(String name) throws IOException {
    TaskExecutorProcessSpec memory = TaskExecutorProcessUtils.processSpecFromConfig(flink);
    List<String> command = java(name, ProcessMemoryUtils.generateJvmParametersStr(memory));
    command.addAll(words(flink.get(CoreOptions.FLINK_TM_JVM_OPTIONS)));
    command.add(TaskManagerRunner.class.getName());
    command.addAll(List.of("--configDir", directory.configuration().toString()));
    command.addAll(words(TaskExecutorProcessUtils.generateDynamicConfigsStr(memory)));
    // The same when it is started again, so that the JobManager knows at once that the old one is
    // gone.
    command.addAll(List.of("-D", "taskmanager.resource-id=" + name, "-D", internalMetadata(name)));
    return command;
  }

  private static String internalMetadata(String name) {
    return TaskManagerOptionsInternal.TASK_MANAGER_RESOURCE_ID_METADATA.key() + "=" + name;
  }

  private List<String> java(String name, String memory) {
    Path log = directory.logs().resolve(name + ".log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(words(memory));
    command.addAll(options);
    command.add("-Dfile.encoding=UTF-8");
    command.add("-Dlog.file=" + log);
    command.add(
        "-Dlog4j2.configurationFile="
            + directory.configuration().resolve("log4j-json.properties").toUri());
    command.addAll(words(flink.get(CoreOptions.FLINK_JVM_OPTIONS)));
    return command;
  }

  private static List<String> words(String text) {
    return List.of(text.strip().split("\\s+", -1)).stream()
        .filter(each -> !each.isEmpty())
        .toList();
  }
}
