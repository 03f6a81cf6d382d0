package org.openautoglm.jobs.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;

/** What every overlay comes to, read as strictly as the types and schemas of its objects allow. */
class KubernetesManifestsTest {
  static final Path KUBERNETES = Manifests.DEPLOY.resolve("kubernetes");

  static Stream<Path> overlays() throws IOException {
    try (Stream<Path> overlays = Files.list(KUBERNETES.resolve("overlays"))) {
      return overlays.sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void everyObjectIsOneThatItsApiKnows(Path overlay) throws Exception {
    List<ObjectNode> objects = KustomizeBuild.build(overlay);
    assertThat(objects).hasSizeGreaterThanOrEqualTo(7);
    for (ObjectNode object : objects) {
      KnownKinds.check(object);
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void everyOverlayStandsItsCheckpointsInS3Too(Path overlay) throws Exception {
    List<ObjectNode> objects = KustomizeBuild.build(overlay, KUBERNETES.resolve("components/s3"));
    JsonNode deployment = Manifests.ofKind(objects, "FlinkDeployment");
    KnownKinds.check(deployment);
    JsonNode options = deployment.at("/spec/flinkConfiguration");
    for (String option :
        List.of(
            "execution.checkpointing.dir",
            "execution.checkpointing.savepoint-dir",
            "high-availability.storageDir")) {
      assertThat(options.path(option).asText()).as(option).startsWith("s3://");
    }
  }

  @Test
  void kustomizationsAreKustomizations() throws Exception {
    List<Path> files = Manifests.files(Manifests.DEPLOY, "kustomization.yaml");
    assertThat(files).hasSizeGreaterThanOrEqualTo(7);
    for (Path file : files) {
      KnownKinds.check(Manifests.read(file));
    }
  }

  @Test
  void aFieldThatNoApiKnowsIsSeen() {
    ObjectNode deployment =
        Manifests.ofKind(
            KustomizeBuild.build(KUBERNETES.resolve("overlays/cpu")), "FlinkDeployment");
    ((ObjectNode) deployment.at("/spec/podTemplate/spec/containers/0")).put("volumMounts", 1);
    assertThatThrownBy(() -> KnownKinds.check(deployment)).hasMessageContaining("volumMounts");
    ObjectNode account =
        Manifests.ofKind(
            KustomizeBuild.build(KUBERNETES.resolve("overlays/cpu")), "ServiceAccount");
    account.put("secret", "x");
    assertThatThrownBy(() -> KnownKinds.check(account)).hasMessageContaining("secret");
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void namesLeadToObjects(Path overlay) {
    List<ObjectNode> objects = KustomizeBuild.build(overlay);
    List<String> names = new ArrayList<>();
    for (ObjectNode object : objects) {
      names.add(object.get("kind").asText() + "/" + object.at("/metadata/name").asText());
    }
    JsonNode spec = Manifests.ofKind(objects, "FlinkDeployment").get("spec");
    assertThat(names).contains("ServiceAccount/" + spec.get("serviceAccount").asText());
    List<String> volumes = new ArrayList<>();
    for (JsonNode volume : spec.at("/podTemplate/spec/volumes")) {
      volumes.add(volume.get("name").asText());
      if (volume.has("configMap")) {
        assertThat(names).contains("ConfigMap/" + volume.at("/configMap/name").asText());
      } else if (volume.has("secret")) {
        // It is the installer's to make, and the one that the environment comes from.
        assertThat(volume.at("/secret/secretName").asText())
            .isEqualTo(spec.at("/podTemplate/spec/containers/0/envFrom/0/secretRef/name").asText());
      } else {
        assertThat(names)
            .contains(
                "PersistentVolumeClaim/" + volume.at("/persistentVolumeClaim/claimName").asText());
      }
    }
    for (JsonNode mount : spec.at("/podTemplate/spec/containers/0/volumeMounts")) {
      assertThat(volumes).contains(mount.get("name").asText());
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void theJobsConfigurationIsValid(Path overlay) throws Exception {
    List<ObjectNode> objects = KustomizeBuild.build(overlay);
    JobConfiguration job = ConfigurationFile.parse(configuration(objects), environment());
    JsonNode spec = Manifests.ofKind(objects, "FlinkDeployment").get("spec");
    assertThat(job.models()).isNotEmpty();
    for (var model : job.models()) {
      assertThat(model.shards()).isLessThanOrEqualTo(spec.at("/job/parallelism").asInt());
    }
    // Elsewhere it would be a loss of state that nobody notices.
    List<String> fresh = overlay.endsWith("canary") ? List.of("--fresh") : List.of();
    assertThat(spec.at("/job/args"))
        .extracting(JsonNode::asText)
        .containsExactlyElementsOf(
            Stream.concat(Stream.of("--config", "/etc/autoglm/autoglm.yaml"), fresh.stream())
                .toList());
    assertThat(Class.forName(spec.at("/job/entryClass").asText())).hasDeclaredMethods("main");
  }

  @Test
  void theCanaryWritesNothingThatTheOtherJobWrites() throws Exception {
    JobConfiguration job = parse("cpu");
    JobConfiguration canary = parse("canary");
    assertThat(canary.kafka().topics().prompts()).isEqualTo(job.kafka().topics().prompts());
    assertThat(canary.kafka().groupId()).isNotEqualTo(job.kafka().groupId());
    assertThat(canary.kafka().transactionalIdPrefix())
        .isNotEqualTo(job.kafka().transactionalIdPrefix());
    assertThat(canary.kafka().topics().names())
        .filteredOn(topic -> job.kafka().topics().names().contains(topic))
        .containsExactly(job.kafka().topics().prompts());
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void kustomizeItselfComesToTheSame(Path overlay, @TempDir Path directory) throws Exception {
    Path output = directory.resolve("built.yaml");
    int exit = -1;
    try {
      exit =
          new ProcessBuilder("kubectl", "kustomize", overlay.toString())
              .redirectOutput(output.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
    } catch (IOException e) {
      assumeThat(false).as("kubectl is not on the PATH").isTrue();
    }
    assertThat(exit).isZero();
    Map<String, JsonNode> built = new TreeMap<>();
    for (JsonNode object : Manifests.readAll(output)) {
      String text = object.toString().replaceAll("\"autoglm-[a-z0-9]{10}\"", "\"autoglm-hash\"");
      JsonNode plain = Manifests.YAML.readTree(text);
      built.put(plain.get("kind").asText() + plain.at("/metadata/name").asText(), plain);
    }
    Map<String, JsonNode> ours = new TreeMap<>();
    for (ObjectNode object : KustomizeBuild.build(overlay)) {
      ours.put(object.get("kind").asText() + object.at("/metadata/name").asText(), object);
    }
    assertThat(ours).isEqualTo(built);
  }

  private static JobConfiguration parse(String overlay) throws Exception {
    return ConfigurationFile.parse(
        configuration(KustomizeBuild.build(KUBERNETES.resolve("overlays").resolve(overlay))),
        environment());
  }

  private static String configuration(List<ObjectNode> objects) {
    return objects.stream()
        .filter(object -> object.path("data").has("autoglm.yaml"))
        .map(object -> object.at("/data/autoglm.yaml").asText())
        .findFirst()
        .orElseThrow();
  }

  static Map<String, String> environment() {
    return Map.of("KAFKA_BOOTSTRAP", "kafka:9092");
  }
}
