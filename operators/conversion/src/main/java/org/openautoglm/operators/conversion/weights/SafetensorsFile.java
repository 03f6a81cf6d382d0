package org.openautoglm.operators.conversion.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.MappedFile;
import org.openautoglm.operators.conversion.graph.StoredTensor;

/**
 * One safetensors file: eight bytes with the header's length, the header (JSON: name to dtype,
 * shape and offsets), the data. See the format's own description at <a
 * href="https://github.com/huggingface/safetensors">huggingface/safetensors</a>.
 */
final class SafetensorsFile implements WeightSource {
  /** The limit of the format's own library. */
  private static final long HEADER_MAX_BYTES = 100_000_000;

  private static final int LENGTH_BYTES = 8;
  private static final int DIMENSIONS_MAX = 8;
  private static final Map<String, ElementType> TYPES =
      Map.of("F32", ElementType.FLOAT, "F16", ElementType.FLOAT16, "BF16", ElementType.BFLOAT16);

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DIMENSIONS_MAX).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final MappedFile file;
  private final Map<String, Entry> entries = new TreeMap<>();
  private final long dataBegin;

  /**
   * Opens a file and checks its whole header.
   *
   * @throws CheckpointException when the header is not to be trusted
   */
  static SafetensorsFile open(Path path) throws IOException {
    return new SafetensorsFile(MappedFile.open(path));
  }

  private SafetensorsFile(MappedFile file) throws IOException {
    this.file = file;
    byte[] header = header();
    this.dataBegin = (long) LENGTH_BYTES + header.length;
    JsonNode root;
    try {
      root = MAPPER.readTree(header);
    } catch (JsonProcessingException e) {
      throw bad("has a header that is not JSON (" + e.getOriginalMessage() + ")");
    }
    if (root == null || !root.isObject()) {
      throw bad("has a header that is not a JSON object");
    }
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (!field.getKey().equals("__metadata__")) {
        entries.put(field.getKey(), entry(field.getKey(), field.getValue()));
      }
    }
    checkOverlaps();
  }

  private byte[] header() throws IOException {
    if (file.size() < LENGTH_BYTES) {
      throw bad("ends after " + file.size() + " bytes");
    }
    long bytes = file.slice(0, LENGTH_BYTES).getLong();
    if (bytes < 0 || bytes > HEADER_MAX_BYTES) {
      throw bad("says that its header has " + Long.toUnsignedString(bytes) + " bytes");
    }
    if (bytes > file.size() - LENGTH_BYTES) {
      throw bad(
          "says that its header has " + bytes + " bytes, but the whole file has " + file.size());
    }
    byte[] header = new byte[(int) bytes];
    file.slice(LENGTH_BYTES, header.length).get(header);
    return header;
  }

  private Entry entry(String name, JsonNode node) throws CheckpointException {
    String type = node.path("dtype").asText("");
    List<Long> shape = new ArrayList<>();
    for (JsonNode size : node.path("shape")) {
      if (!size.isIntegralNumber() || !size.canConvertToLong() || size.asLong() < 0) {
        throw bad("gives " + name + " a size that is no count: " + size);
      }
      shape.add(size.asLong());
    }
    JsonNode offsets = node.path("data_offsets");
    if (type.isEmpty()
        || !node.path("shape").isArray()
        || shape.size() > DIMENSIONS_MAX
        || offsets.size() != 2
        || !offsets.get(0).canConvertToLong()
        || !offsets.get(1).canConvertToLong()) {
      throw bad("describes " + name + " without a dtype, a shape and two data_offsets");
    }
    Entry entry = new Entry(name, type, shape, offsets.get(0).asLong(), offsets.get(1).asLong());
    check(entry);
    return entry;
  }

  private void check(Entry entry) throws CheckpointException {
    long data = file.size() - dataBegin;
    if (entry.begin < 0 || entry.end < entry.begin) {
      throw bad("puts " + entry.name + " at bytes " + entry.begin + " to " + entry.end);
    }
    if (entry.end > data) {
      throw bad(
          "puts " + entry.name + " up to byte " + entry.end + ", but its data ends at " + data);
    }
    ElementType known = TYPES.get(entry.type);
    if (known != null && entry.bytes(known) != entry.end - entry.begin) {
      throw bad(
          "gives "
              + entry.name
              + " the shape "
              + entry.shape
              + " of "
              + entry.type
              + ", but "
              + (entry.end - entry.begin)
              + " bytes");
    }
  }

  private void checkOverlaps() throws CheckpointException {
    List<Entry> inOrder =
        entries.values().stream().sorted(Comparator.comparingLong(Entry::begin)).toList();
    for (int i = 1; i < inOrder.size(); i++) {
      Entry before = inOrder.get(i - 1);
      Entry entry = inOrder.get(i);
      if (entry.begin < before.end && entry.begin != entry.end) {
        throw bad("puts " + before.name + " and " + entry.name + " over each other");
      }
    }
  }

  private CheckpointException bad(String problem) {
    return new CheckpointException(
        description() + " " + problem + "; it is damaged or not whole: download it again");
  }

  @Override
  public String description() {
    return String.valueOf(file.file().getFileName());
  }

  @Override
  public boolean ofGraph() {
    return false;
  }

  @Override
  public Set<String> names() {
    return entries.keySet();
  }

  @Override
  public Optional<Weight> find(String name) throws IOException {
    Entry entry = entries.get(name);
    if (entry == null) {
      return Optional.empty();
    }
    ElementType type = TYPES.get(entry.type);
    if (type == null) {
      throw new CheckpointException(
          description()
              + " has "
              + name
              + " as "
              + entry.type
              + "; save the model as F32, F16 or BF16");
    }
    return Optional.of(
        Weight.of(
            name,
            StoredTensor.mapped(
                name, type, entry.shape, file, dataBegin + entry.begin, entry.end - entry.begin)));
  }

  /**
   * A tensor as the header describes it.
   *
   * @param begin its first byte, counted from the end of the header
   * @param end the byte after its last
   */
  private record Entry(String name, String type, List<Long> shape, long begin, long end) {

    /** The bytes that the shape takes; -1 where that is beyond all numbers. */
    private long bytes(ElementType element) {
      try {
        return shape.stream().reduce((long) element.bytes(), Math::multiplyExact);
      } catch (ArithmeticException e) {
        return -1;
      }
    }
  }
}
