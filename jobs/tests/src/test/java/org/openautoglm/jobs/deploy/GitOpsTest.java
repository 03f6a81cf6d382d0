package org.openautoglm.jobs.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The examples for Flux and Argo CD: strict, and pointing at what is there. */
class GitOpsTest {
  private static final Path DIRECTORY = Manifests.DEPLOY.resolve("gitops");

  @Test
  void everyFileIsOneThatItsApiKnows() throws Exception {
    List<Path> files = Manifests.files(DIRECTORY, ".yaml");
    assertThat(files).hasSizeGreaterThanOrEqualTo(4);
    for (Path file : files) {
      KnownKinds.check(Manifests.read(file));
    }
  }

  @Test
  void theyApplyAnOverlayInItsNamespace() {
    JsonNode flux = Manifests.read(DIRECTORY.resolve("flux/autoglm.yaml")).get("spec");
    assertOverlay(flux.get("path").asText(), flux.get("targetNamespace").asText());
    JsonNode argo = Manifests.read(DIRECTORY.resolve("argocd/autoglm.yaml")).get("spec");
    assertOverlay(argo.at("/source/path").asText(), argo.at("/destination/namespace").asText());
    assertThat(flux.at("/sourceRef/name").asText())
        .isEqualTo(
            Manifests.read(DIRECTORY.resolve("flux/source.yaml")).at("/metadata/name").asText());
  }

  private static void assertOverlay(String path, String namespace) {
    JsonNode overlay = Manifests.read(Manifests.ROOT.resolve(path).resolve("kustomization.yaml"));
    assertThat(overlay.get("namespace").asText()).isEqualTo(namespace);
  }
}
