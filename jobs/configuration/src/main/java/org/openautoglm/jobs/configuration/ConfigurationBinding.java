package org.openautoglm.jobs.configuration;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalInt;
import org.openautoglm.operators.inference.Quantization;

/**
 * A checked tree to records of the same names; strict, so that schema and records cannot drift
 * apart unnoticed.
 */
final class ConfigurationBinding {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .addModule(
              new SimpleModule()
                  .addDeserializer(Duration.class, new DurationReader())
                  .addDeserializer(OptionalInt.class, new OptionalIntReader())
                  .addDeserializer(Quantization.class, new QuantizationReader()))
          .build();

  private ConfigurationBinding() {}

  static <T> T bind(JsonNode tree, Class<T> type) {
    try {
      return MAPPER.treeToValue(tree, type);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the schema and the configuration's records differ", e);
    }
  }

  private static final class DurationReader extends StdDeserializer<Duration> {
    private static final long serialVersionUID = 1L;

    DurationReader() {
      super(Duration.class);
    }

    @Override
    public Duration deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      return DurationText.parse(parser.getText());
    }
  }

  private static final class QuantizationReader extends StdDeserializer<Quantization> {
    private static final long serialVersionUID = 1L;

    QuantizationReader() {
      super(Quantization.class);
    }

    @Override
    public Quantization deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      return switch (parser.getText()) {
        case "false" -> Quantization.NONE;
        case "true" -> Quantization.INT8;
        default ->
            Quantization.valueOf(parser.getText().toUpperCase(Locale.ROOT).replace('-', '_'));
      };
    }
  }

  private static final class OptionalIntReader extends StdDeserializer<OptionalInt> {
    private static final long serialVersionUID = 1L;

    OptionalIntReader() {
      super(OptionalInt.class);
    }

    @Override
    public OptionalInt deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      return OptionalInt.of(parser.getIntValue());
    }

    @Override
    public OptionalInt getAbsentValue(DeserializationContext context) {
      return OptionalInt.empty();
    }
  }
}
