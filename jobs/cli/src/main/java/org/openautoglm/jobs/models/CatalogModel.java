package org.openautoglm.jobs.models;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/**
 * A model that can be pulled.
 *
 * @param name what it is called, and the directory it comes to lie in
 * @param taskType what it does, as the configuration calls it
 * @param description one line for people
 * @param artifact the package it comes from
 * @param files what is taken from the package: paths in the model's directory to paths in the
 *     package
 * @param written what the package lacks of a model's directory: paths to JSON values
 * @param quantize how the demo runs it, as the configuration calls it: converted, where the
 *     package's own graph is right one row at a time only, or on some CPUs
 * @param samples the inputs of requests that show what the model does
 */
public record CatalogModel(
    String name,
    String taskType,
    String description,
    Artifact artifact,
    Map<String, String> files,
    Map<String, JsonNode> written,
    JsonNode quantize,
    List<List<String>> samples) {

  public CatalogModel {
    files = Map.copyOf(files);
    written = Map.copyOf(written);
    samples = samples.stream().map(List::copyOf).toList();
  }

  /**
   * A package of a registry, pinned.
   *
   * @param client whose package it is, {@code maven} or {@code npm}
   * @param coordinates its name and version, as that client writes them
   * @param bytes its size
   * @param sha256 its digest, hexadecimal
   */
  public record Artifact(String client, String coordinates, long bytes, String sha256) {}
}
