package org.openautoglm.jobs.models;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/**
 * The models of the demo, each pinned by name, version and digest.
 *
 * @param models in the order in which they are shown
 */
public record ModelCatalog(List<CatalogModel> models) {

  public ModelCatalog {
    models = List.copyOf(models);
  }

  /** The catalog of this version. */
  public static ModelCatalog load() {
    try (InputStream resource = ModelCatalog.class.getResourceAsStream("catalog.json")) {
      return JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build()
          .readValue(resource, ModelCatalog.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Optional<CatalogModel> find(String name) {
    return models.stream().filter(model -> model.name().equals(name)).findFirst();
  }

  public List<String> names() {
    return models.stream().map(CatalogModel::name).toList();
  }
}
