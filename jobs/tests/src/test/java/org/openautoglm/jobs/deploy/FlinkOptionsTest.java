package org.openautoglm.jobs.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.StringReader;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.container.entrypoint.StandaloneApplicationClusterConfigurationParserFactory;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessSpec;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.jobmanager.JobManagerProcessSpec;
import org.apache.flink.runtime.jobmanager.JobManagerProcessUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openautoglm.jobs.topology.InferenceJob;

/**
 * The options of Flink that deploy/ and flink-conf/ set: known to Flink, and arithmetic that holds.
 */
class FlinkOptionsTest {
  private static final Path FLINK_CONF = Manifests.ROOT.resolve("flink-conf/config.yaml");

  /** What each reporter and each external resource has, behind its name. */
  private static final Pattern NAMED =
      Pattern.compile("(?:metrics\\.reporter|external-resource)\\.[a-z]+\\.(.+)");

  // The reporter's own, and the one that flink-kubernetes adds to an external resource.
  private static final Set<String> NAMED_ELSEWHERE = Set.of("port", "kubernetes.config-key");

  private static final Map<String, ConfigOption<?>> OPTIONS = new TreeMap<>();

  @BeforeAll
  static void readTheOptionsOfFlinksClasses() throws Exception {
    for (String entry : System.getProperty("java.class.path").split(":", -1)) {
      if (entry.matches(".*/flink-[^/]*\\.jar")) {
        try (JarFile jar = new JarFile(entry)) {
          for (JarEntry file : jar.stream().toList()) {
            if (file.getName().matches("org/apache/flink/.*Options\\.class")) {
              readTheOptionsOf(file.getName());
            }
          }
        }
      }
    }
    assertThat(OPTIONS).hasSizeGreaterThan(400);
  }

  private static void readTheOptionsOf(String file) {
    Class<?> type;
    try {
      type = Class.forName(file.replace('/', '.').replaceAll("\\.class$", ""));
      for (Field field : type.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers())
            && Modifier.isPublic(field.getModifiers())
            && field.get(null) instanceof ConfigOption<?> option) {
          OPTIONS.put(option.key(), option);
        }
      }
    } catch (ReflectiveOperationException | LinkageError e) {
      // A class for which a library is missing; an option that is only there would be missed below.
    }
  }

  static List<Path> overlays() throws Exception {
    return KubernetesManifestsTest.overlays().toList();
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void everyOptionOfAnOverlayIsFlinks(Path overlay) {
    assertKnown(options(overlay));
  }

  @Test
  void everyOptionOfTheOneConfigurationIsFlinks() {
    assertKnown(Manifests.flat(Manifests.read(FLINK_CONF)));
  }

  @Test
  void everyOptionOfComposeIsFlinks() throws Exception {
    assertKnown(composeProperties());
  }

  @Test
  void anOptionThatFlinkDoesNotHaveIsSeen() {
    assertThat(isKnown("execution.checkpointing.intervall")).isFalse();
    assertThat(isKnown("metrics.reporter.prom.factory.clas")).isFalse();
  }

  /** The operator writes its own file over the image's, so the base must say all of it again. */
  @Test
  void theBaseHasEveryOptionOfTheOneConfiguration() {
    Map<String, String> base =
        Manifests.flat(
            Manifests.read(KubernetesManifestsTest.KUBERNETES.resolve("base/flinkdeployment.yaml"))
                .at("/spec/flinkConfiguration"));
    Map<String, String> one = Manifests.flat(Manifests.read(FLINK_CONF));
    // A pod's memory is its container's; its parts add up by themselves, see memoryAddsUp.
    one.keySet().removeIf(key -> key.matches("(job|task)manager\\.memory\\..*"));
    // A pod has its address to itself.
    one.put("metrics.reporter.prom.port", "9249");
    assertThat(base).containsAllEntriesOf(one);
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void memoryAddsUp(Path overlay) {
    JsonNode spec = Manifests.ofKind(KustomizeBuild.build(overlay), "FlinkDeployment").get("spec");
    TaskExecutorProcessSpec task = taskManager(spec);
    assertThat(task.getTotalProcessMemorySize())
        .isEqualTo(MemorySize.parse(spec.at("/taskManager/resource/memory").asText()));
    assertThat(task.getTaskHeapSize().getMebiBytes()).isGreaterThanOrEqualTo(200);
    JobManagerProcessSpec job = jobManager(spec);
    assertThat(job.getTotalProcessMemorySize())
        .isEqualTo(MemorySize.parse(spec.at("/jobManager/resource/memory").asText()));
    assertThat(job.getJvmHeapMemorySize().getMebiBytes()).isGreaterThanOrEqualTo(200);
  }

  @Test
  void composeMemoryAddsUp() throws Exception {
    TaskExecutorProcessSpec task =
        TaskExecutorProcessUtils.processSpecFromConfig(configuration(composeProperties()));
    assertThat(task.getTaskHeapSize().getMebiBytes()).isGreaterThanOrEqualTo(200);
  }

  /** A node of 2 GiB keeps a quarter for itself: kubelet, container runtime, kernel. */
  @Test
  void theEdgeFitsItsNode() {
    JsonNode spec =
        Manifests.ofKind(
                KustomizeBuild.build(KubernetesManifestsTest.KUBERNETES.resolve("overlays/edge")),
                "FlinkDeployment")
            .get("spec");
    int mebibytes =
        taskManager(spec).getTotalProcessMemorySize().getMebiBytes()
            + jobManager(spec).getTotalProcessMemorySize().getMebiBytes();
    assertThat(mebibytes).isLessThanOrEqualTo(2048 - 512);
  }

  /** Of a Flink command line, {@code --config} would be taken for {@code --configDir}. */
  @Test
  void composeGoesOnFromTheNewestStateOfItsVolume(@TempDir Path state) throws Exception {
    assertThat(jobManager(state, Map.of()).getOptionValue("fromSavepoint")).isNull();

    Path savepoint = kept(state.resolve("savepoints/savepoint-1a2b-3c"), 1_000);
    Path checkpoint = kept(state.resolve("checkpoints/00f/chk-7"), 2_000);
    Files.createDirectories(state.resolve("checkpoints/00f/chk-8"));
    CommandLine onward = jobManager(state, Map.of());
    assertThat(onward.getOptionValue("fromSavepoint")).isEqualTo("file://" + checkpoint);
    assertThat(onward.getArgs()).containsExactly("--config", "/etc/autoglm/autoglm.yaml");
    assertThat(onward.getOptionValue("job-classname")).isEqualTo(InferenceJob.class.getName());
    assertThat(onward.getOptionValue("configDir")).isEqualTo("/opt/flink/conf");

    assertThat(
            jobManager(state, Map.of("AUTOGLM_FROM", "file://" + savepoint))
                .getOptionValue("fromSavepoint"))
        .isEqualTo("file://" + savepoint);
    CommandLine fresh = jobManager(state, Map.of("AUTOGLM_FRESH", "yes"));
    assertThat(fresh.getOptionValue("fromSavepoint")).isNull();
    assertThat(fresh.getArgs()).containsExactly("--config", "/etc/autoglm/autoglm.yaml", "--fresh");
  }

  private static Path kept(Path directory, long writtenMs) throws IOException {
    Path metadata = Files.createFile(Files.createDirectories(directory).resolve("_metadata"));
    Files.setLastModifiedTime(metadata, FileTime.fromMillis(writtenMs));
    return directory;
  }

  /** What Flink's entry point makes of the words that compose's script passes to it. */
  private static CommandLine jobManager(Path state, Map<String, String> environment)
      throws Exception {
    String script =
        ComposeTest.compose()
            .at("/services/jobmanager/command/0")
            .asText()
            .replace("$$", "$")
            .replace("/state/", state + "/")
            .replace("exec /docker-entrypoint.sh", "printf '%s\\n'");
    ProcessBuilder shell = new ProcessBuilder("/bin/sh", "-ec", script).redirectErrorStream(true);
    shell.environment().putAll(Map.of("AUTOGLM_FROM", "", "AUTOGLM_FRESH", ""));
    shell.environment().putAll(environment);
    List<String> given =
        new String(shell.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(given).startsWith("standalone-job");
    List<String> words = new ArrayList<>(List.of("--configDir", "/opt/flink/conf"));
    words.addAll(given.subList(1, given.size()));
    return new DefaultParser()
        .parse(
            new StandaloneApplicationClusterConfigurationParserFactory().getOptions(),
            words.toArray(String[]::new),
            true);
  }

  private static TaskExecutorProcessSpec taskManager(JsonNode spec) {
    Configuration flink = configuration(Manifests.flat(spec.get("flinkConfiguration")));
    flink.set(
        TaskManagerOptions.TOTAL_PROCESS_MEMORY,
        MemorySize.parse(spec.at("/taskManager/resource/memory").asText()));
    return TaskExecutorProcessUtils.processSpecFromConfig(flink);
  }

  private static JobManagerProcessSpec jobManager(JsonNode spec) {
    Configuration flink = configuration(Manifests.flat(spec.get("flinkConfiguration")));
    flink.set(
        JobManagerOptions.TOTAL_PROCESS_MEMORY,
        MemorySize.parse(spec.at("/jobManager/resource/memory").asText()));
    return JobManagerProcessUtils.processSpecFromConfig(flink);
  }

  private static Configuration configuration(Map<String, String> options) {
    return Configuration.fromMap(options);
  }

  private static Map<String, String> options(Path overlay) {
    return Manifests.flat(
        Manifests.ofKind(KustomizeBuild.build(overlay), "FlinkDeployment")
            .at("/spec/flinkConfiguration"));
  }

  private static Map<String, String> composeProperties() throws Exception {
    Properties properties = new Properties();
    properties.load(
        new StringReader(
            ComposeTest.compose()
                .at("/services/taskmanager/environment/FLINK_PROPERTIES")
                .asText()));
    Map<String, String> options = new TreeMap<>(Manifests.flat(Manifests.read(FLINK_CONF)));
    properties.forEach((key, value) -> options.put((String) key, (String) value));
    return options;
  }

  private static void assertKnown(Map<String, String> options) {
    Set<String> unknown = new TreeSet<>(options.keySet());
    unknown.removeIf(FlinkOptionsTest::isKnown);
    assertThat(unknown).isEmpty();
    Configuration read = configuration(options);
    for (String key : options.keySet()) {
      if (OPTIONS.containsKey(key)) {
        assertThat(read.getOptional(OPTIONS.get(key))).as(key).isPresent();
      }
    }
  }

  private static boolean isKnown(String key) {
    Matcher named = NAMED.matcher(key);
    return OPTIONS.containsKey(key)
        || (named.matches()
            && (NAMED_ELSEWHERE.contains(named.group(1))
                || OPTIONS.containsKey(named.group(1))
                || OPTIONS.keySet().stream()
                    .anyMatch(
                        known ->
                            known.endsWith("<name>." + named.group(1))
                                || known.endsWith("<resource_name>." + named.group(1)))));
  }
}
