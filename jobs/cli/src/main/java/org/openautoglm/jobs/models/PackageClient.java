package org.openautoglm.jobs.models;

import java.nio.file.Path;
import java.util.List;
import org.openautoglm.jobs.models.CatalogModel.Artifact;

/**
 * A package manager's own client, so that its registries, mirrors, credentials and caches are those
 * that this machine is set up with.
 */
interface PackageClient {

  /** The command that puts a package's file into a directory. */
  List<String> command(Artifact artifact, Path into);

  /** Where the client's download grows before its file appears. */
  Path cache(Artifact artifact);

  /** The client of a package. */
  static PackageClient of(Artifact artifact) {
    return switch (artifact.client()) {
      case "maven" -> new MavenClient();
      case "npm" -> new NpmClient();
      default -> throw new IllegalArgumentException("no client " + artifact.client());
    };
  }

  /** Maven, which takes the jar of {@code group:artifact:version} without its dependencies. */
  final class MavenClient implements PackageClient {
    private static final String COPY =
        "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy";

    @Override
    public List<String> command(Artifact artifact, Path into) {
      return List.of(
          "mvn",
          "-B",
          "-q",
          COPY,
          "-Dartifact=" + artifact.coordinates(),
          "-DoutputDirectory=" + into);
    }

    @Override
    public Path cache(Artifact artifact) {
      String[] parts = artifact.coordinates().split(":", -1);
      return Path.of(System.getProperty("user.home"), ".m2", "repository")
          .resolve(parts[0].replace('.', '/'))
          .resolve(parts[1])
          .resolve(parts[2]);
    }
  }

  /** npm, which takes the tarball of {@code name@version} and runs none of its scripts. */
  final class NpmClient implements PackageClient {
    @Override
    public List<String> command(Artifact artifact, Path into) {
      return List.of(
          "npm",
          "pack",
          "--silent",
          "--ignore-scripts",
          "--pack-destination",
          into.toString(),
          artifact.coordinates());
    }

    @Override
    public Path cache(Artifact artifact) {
      return Path.of(System.getProperty("user.home"), ".npm", "_cacache", "tmp");
    }
  }
}
