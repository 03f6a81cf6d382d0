package org.openautoglm.jobs.deploy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.kustomize.v1beta1.Kustomization;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Reads an object by its kind and refuses what that kind does not have.
 *
 * <p>Kubernetes' own kinds, the Prometheus Operator's and Kustomize's are read into their model
 * classes. A FlinkDeployment is held against the operator's published schema, made strict; the
 * newest one that the repository serves is older than Flink 2.3, so the version is checked apart
 * from it. For Flux and Argo CD nothing that is strict is published, so their schemas here are ours
 * and know only the fields that we use.
 */
final class KnownKinds {
  private static final Map<String, Class<?>> MODELS =
      Map.of(
          "v1/ConfigMap", ConfigMap.class,
          "v1/ServiceAccount", ServiceAccount.class,
          "v1/PersistentVolumeClaim", PersistentVolumeClaim.class,
          "rbac.authorization.k8s.io/v1/Role", Role.class,
          "rbac.authorization.k8s.io/v1/RoleBinding", RoleBinding.class,
          "kustomize.config.k8s.io/v1beta1/Kustomization", Kustomization.class,
          // A component has the same fields.
          "kustomize.config.k8s.io/v1alpha1/Component", Kustomization.class,
          "monitoring.coreos.com/v1/PodMonitor", PodMonitor.class,
          "monitoring.coreos.com/v1/PrometheusRule", PrometheusRule.class);

  private static final Map<String, String> SCHEMAS =
      Map.of(
          "kustomize.toolkit.fluxcd.io/v1/Kustomization", "flux-kustomization.json",
          "source.toolkit.fluxcd.io/v1/GitRepository", "flux-gitrepository.json",
          "argoproj.io/v1alpha1/Application", "argocd-application.json");

  private static final String FLINK_DEPLOYMENT =
      "/META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml";

  private static final ObjectMapper STRICT =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .setAnnotationIntrospector(new NoPlaceForAnythingElse());

  private KnownKinds() {}

  /** The models keep fields that they do not know; here they are to be refused. */
  private static final class NoPlaceForAnythingElse extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    @Override
    public Boolean hasAnySetter(Annotated member) {
      return false;
    }
  }

  static void check(JsonNode object) throws IOException {
    String kind = object.path("apiVersion").asText() + "/" + object.path("kind").asText();
    if (kind.equals("flink.apache.org/v1beta1/FlinkDeployment")) {
      checkFlinkDeployment(object.deepCopy());
    } else if (SCHEMAS.containsKey(kind)) {
      try (InputStream schema = KnownKinds.class.getResourceAsStream(SCHEMAS.get(kind))) {
        check(kind, new ObjectMapper().readTree(schema), object);
      }
    } else {
      STRICT.treeToValue(
          object, Objects.requireNonNull(MODELS.get(kind), "no model of kind " + kind));
    }
  }

  private static void checkFlinkDeployment(ObjectNode object) throws IOException {
    JsonNode definition;
    try (InputStream file = KnownKinds.class.getResourceAsStream(FLINK_DEPLOYMENT)) {
      definition = Manifests.YAML.readTree(file);
    }
    ObjectNode schema = definition.at("/spec/versions/0/schema/openAPIV3Schema").deepCopy();
    // Every object has these, whatever its definition says.
    ObjectNode properties = (ObjectNode) schema.get("properties");
    properties.putObject("apiVersion");
    properties.putObject("kind");
    properties.putObject("metadata");
    ((ArrayNode) schema.at("/properties/spec/properties/flinkVersion/enum"))
        .removeAll()
        .add("v2_3");
    makeStrict(schema);
    check("FlinkDeployment", schema, object);
  }

  private static void makeStrict(JsonNode schema) {
    if (schema instanceof ObjectNode object
        && object.path("properties").isObject()
        && !object.has("additionalProperties")
        && !object.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
      object.put("additionalProperties", false);
    }
    schema.forEach(KnownKinds::makeStrict);
  }

  static void check(String name, JsonNode schema, JsonNode object) {
    Schema strict =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(schema.toString(), InputFormat.JSON);
    List<Error> errors = strict.validate(object.toString(), InputFormat.JSON);
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(name + ": " + errors);
    }
  }
}
