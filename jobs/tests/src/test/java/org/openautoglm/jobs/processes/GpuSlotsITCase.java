package org.openautoglm.jobs.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.JobConfiguration;

/**
 * GPUs that a discovery script names to a real TaskManager are spread over its slots. There are no
 * such GPUs here, so the model then runs on the CPU, as {@code device: auto} promises.
 */
@EnabledOnOs(OS.LINUX)
class GpuSlotsITCase {
  private static final Pattern OWN =
      Pattern.compile("GPUs \\[([\\d, ]+)\\] of \\[0, 1, 2, 3, 4\\]");

  @TempDir Path directory;

  @Test
  void offeredGpusAreSpreadOverTheSlots() throws Exception {
    Path script = Files.writeString(directory.resolve("gpus.sh"), "#!/bin/sh\necho 3,1,0,2,4,5\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    List<Integer> dealt = new ArrayList<>();
    int subtasks = 0;
    try (BrokerProcess broker = BrokerProcess.start(directory.resolve("kafka"));
        ProcessCluster cluster =
            ProcessCluster.start(
                directory.resolve("cluster"),
                1,
                Map.of(
                    "external-resources", "gpu",
                    "external-resource.gpu.amount", "5",
                    "external-resource.gpu.param.discovery-script.path", script.toString()))) {
      JobConfiguration job = Prompts.embeddingJob(broker, "auto", 2);
      try (Load load = new Load(broker.bootstrapServers(), job.kafka().topics().prompts(), 20)) {
        cluster.submit(job, Optional.empty());
        new CommittedAnswers(broker.bootstrapServers(), job.kafka().topics())
            .awaitNew(Duration.ofMinutes(2));
        load.stop();
      }
      Matcher line = OWN.matcher(Files.readString(cluster.log("taskmanager-1")));
      while (line.find()) {
        subtasks++;
        for (String index : line.group(1).split(", ", -1)) {
          dealt.add(Integer.valueOf(index));
        }
      }
      cluster.cancel();
    }
    assertThat(subtasks).isEqualTo(2);
    assertThat(dealt).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
  }
}
