package org.openautoglm.jobs.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * YAML 1.2 to a tree of values with the line of each, values from the environment put in.
 *
 * <p>Reads YAML's nodes rather than its values: only they know their lines, keys given twice, and
 * which texts were written in quotes. Used once, by one thread.
 */
final class YamlReader {
  // Aliases may not blow a small file up to a large tree, nor bend it into a ring.
  private static final int MAX_NODES = 100_000;
  private static final int MAX_DEPTH = 32;
  private static final Set<Tag> PLAIN_TAGS =
      Set.of(Tag.STR, Tag.NULL, Tag.BOOL, Tag.INT, Tag.FLOAT, Tag.ENV_TAG);
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final LoadSettings settings =
      LoadSettings.builder()
          .setSchema(new CoreSchema())
          .setAllowDuplicateKeys(true)
          .setAllowNonScalarKeys(true)
          .build();
  private final EnvironmentValues environment;
  private final ProblemList problems;
  private final Map<OptionPath, Integer> lines;
  private int nodes;
  private boolean tooMuch;

  YamlReader(EnvironmentValues environment, ProblemList problems) {
    this.environment = environment;
    this.problems = problems;
    this.lines = problems.lines();
  }

  /** The tree; empty, with a problem reported, where the text is not YAML. */
  Optional<JsonNode> read(String yaml) {
    try {
      Optional<Node> root = new Compose(settings).composeString(yaml);
      if (root.isEmpty()) {
        problems.add(OptionPath.ROOT, "the file is empty; see the README for a small one");
        return Optional.empty();
      }
      JsonNode tree = convert(root.get(), OptionPath.ROOT, Optional.of(SchemaPlace.root()));
      if (!tooMuch) {
        return Optional.of(tree);
      }
      problems.add(OptionPath.ROOT, "this is too much; do aliases (*name) stand in each other?");
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
      String context = e.getContext() == null ? "" : e.getContext() + ", ";
      problems.addAt(line, "this is not YAML: " + context + e.getProblem());
    } catch (YamlEngineException e) {
      problems.addAt(0, "this is not YAML: " + e.getMessage());
    }
    return Optional.empty();
  }

  private JsonNode convert(Node node, OptionPath path, Optional<SchemaPlace> place) {
    node.getStartMark().ifPresent(mark -> lines.putIfAbsent(path, mark.getLine() + 1));
    nodes++;
    if (nodes > MAX_NODES || path.steps().size() > MAX_DEPTH) {
      tooMuch = true;
    }
    if (tooMuch) {
      return NODES.nullNode();
    }
    if (node instanceof MappingNode mapping) {
      return convertMapping(mapping, path, place);
    }
    if (node instanceof SequenceNode sequence) {
      ArrayNode list = NODES.arrayNode();
      for (Node entry : sequence.getValue()) {
        int position = list.size();
        list.add(
            convert(entry, path.child(position), place.flatMap(above -> above.child(position))));
      }
      return list;
    }
    return convertScalar((ScalarNode) node, path, place);
  }

  private ObjectNode convertMapping(
      MappingNode mapping, OptionPath path, Optional<SchemaPlace> place) {
    ObjectNode group = NODES.objectNode();
    for (NodeTuple entry : mapping.getValue()) {
      int line = entry.getKeyNode().getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
      if (!(entry.getKeyNode() instanceof ScalarNode key)) {
        problems.addAt(line, "the name of an option must be plain text, not a list or a group");
        continue;
      }
      String name = key.getValue();
      OptionPath below = path.child(name);
      if (group.has(name)) {
        problems.addAt(
            line, below, "is given twice, first in line " + lines.get(below) + "; remove one");
        continue;
      }
      lines.put(below, line);
      group.set(
          name, convert(entry.getValueNode(), below, place.flatMap(above -> above.child(name))));
    }
    return group;
  }

  private JsonNode convertScalar(ScalarNode scalar, OptionPath path, Optional<SchemaPlace> place) {
    String text = scalar.getValue();
    Tag tag = scalar.getTag();
    boolean verbatim = place.map(SchemaPlace::isVerbatim).orElse(false);
    if (EnvironmentValues.isReference(text)) {
      int before = problems.size();
      Consumer<String> report = problem -> problems.add(path, problem);
      text =
          verbatim
              ? environment.substituteVerbatim(text, report)
              : environment.substitute(text, report);
      if (problems.size() > before) {
        problems.silence(path);
        return NODES.nullNode();
      }
      boolean asText = !scalar.isPlain() || place.map(SchemaPlace::isText).orElse(false);
      tag = asText ? Tag.STR : settings.getSchema().getScalarResolver().resolve(text, true);
    }
    if (verbatim && PLAIN_TAGS.contains(tag) && !(scalar.isPlain() && text.isEmpty())) {
      return NODES.textNode(text);
    }
    if (tag.equals(Tag.NULL)) {
      return NODES.nullNode();
    }
    if (tag.equals(Tag.BOOL)) {
      return NODES.booleanNode(text.toLowerCase(Locale.ROOT).equals("true"));
    }
    if (tag.equals(Tag.INT)) {
      return wholeNumber(text);
    }
    if (tag.equals(Tag.FLOAT)) {
      return fraction(text);
    }
    if (!tag.equals(Tag.STR) && !tag.equals(Tag.ENV_TAG)) {
      problems.add(path, "YAML's tags (" + tag.getValue() + ") are not read; write a plain value");
      problems.silence(path);
    }
    return NODES.textNode(text);
  }

  // Numbers beyond 64 bits, infinity and not-a-number are values of no option: they stay texts.
  private static JsonNode wholeNumber(String text) {
    BigInteger number =
        text.startsWith("0x")
            ? new BigInteger(text.substring(2), 16)
            : text.startsWith("0o")
                ? new BigInteger(text.substring(2), 8)
                : new BigInteger(text.startsWith("+") ? text.substring(1) : text);
    return number.bitLength() < Long.SIZE
        ? NODES.numberNode(number.longValue())
        : NODES.textNode(text);
  }

  private static JsonNode fraction(String text) {
    double number = text.matches(".*(?i:inf|nan)") ? Double.NaN : Double.parseDouble(text);
    return Math.abs(number) < Long.MAX_VALUE ? NODES.numberNode(number) : NODES.textNode(text);
  }
}
