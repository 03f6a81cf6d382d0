package org.openautoglm.jobs.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Versions that deploy/ repeats, held in step with the build's. */
class VersionsTest {
  private final String pom;

  VersionsTest() throws Exception {
    pom = Files.readString(Manifests.ROOT.resolve("pom.xml"));
  }

  @Test
  void theImageIsBuiltOnTheBuildsFlink() throws Exception {
    String dockerfile = Files.readString(Manifests.DEPLOY.resolve("image/Dockerfile"));
    assertThat(dockerfile).contains("ARG FLINK_VERSION=" + property("flink.version") + "\n");
    assertThat(dockerfile).contains("ARG CUDA_VERSION=12.");
  }

  @Test
  void everyImageOfTheProjectHasItsVersion() throws Exception {
    List<String> tags = new ArrayList<>();
    for (Path file : Manifests.files(Manifests.DEPLOY, "")) {
      if (Files.isRegularFile(file)) {
        Matcher image =
            Pattern.compile("open-autoglm/autoglm:(\\S+)").matcher(Files.readString(file));
        while (image.find()) {
          tags.add(image.group(1));
        }
      }
    }
    assertThat(tags).hasSizeGreaterThanOrEqualTo(5);
    assertThat(tags)
        .allMatch(tag -> tag.equals(version() + "-cpu") || tag.equals(version() + "-cuda12"));
  }

  @Test
  void theBrokerOfComposeIsTheBuildsKafka() {
    for (String service : List.of("kafka", "topics")) {
      assertThat(ComposeTest.compose().at("/services/" + service + "/image").asText())
          .isEqualTo("apache/kafka:" + property("kafka.version"));
    }
  }

  @ParameterizedTest
  @MethodSource("org.openautoglm.jobs.deploy.FlinkOptionsTest#overlays")
  void theOperatorIsToldTheBuildsFlink(Path overlay) {
    String[] version = property("flink.version").split("\\.", -1);
    assertThat(
            Manifests.ofKind(KustomizeBuild.build(overlay), "FlinkDeployment")
                .at("/spec/flinkVersion")
                .asText())
        .isEqualTo("v" + version[0] + "_" + version[1]);
  }

  @Test
  void everyImageOfComposeIsPinned() {
    ComposeTest.compose()
        .get("services")
        .forEach(service -> assertThat(service.get("image").asText()).matches(".+:v?[0-9].*"));
  }

  private String version() {
    return find("<artifactId>autoglm</artifactId>\\s*<version>([^<]+)</version>");
  }

  private String property(String name) {
    return find("<" + Pattern.quote(name) + ">([^<]+)</");
  }

  private String find(String pattern) {
    Matcher found = Pattern.compile(pattern).matcher(pom);
    assertThat(found.find()).as(pattern).isTrue();
    return found.group(1);
  }
}
