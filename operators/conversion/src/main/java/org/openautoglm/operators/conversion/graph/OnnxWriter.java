package org.openautoglm.operators.conversion.graph;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a model. Up to {@link #EMBEDDED_MAX_BYTES} of weights it is one file; beyond, its larger
 * weights go to a data file beside it, {@code model.onnx.data} for {@code model.onnx}, which may
 * have any size and which ONNX Runtime maps into memory. Either way the bytes are made on their way
 * into the file.
 */
public final class OnnxWriter {
  /** Weights beyond this lie in a file of their own. */
  public static final long EMBEDDED_MAX_BYTES = 256L << 20;

  /** Shape inference needs the small ones, so they are always in the model. */
  private static final long EXTERNAL_MIN_BYTES = 4096;

  /** As memory maps need it, and as the specification recommends. */
  private static final long ALIGNMENT_BYTES = 4096;

  /** Protobuf's wire type of bytes and messages. */
  private static final int LENGTH_DELIMITED = 2;

  private final OnnxModel model;
  private final Path file;
  private final Progress progress;
  private final long totalBytes;
  private long doneBytes;

  private OnnxWriter(OnnxModel model, Path file, Progress progress) {
    this.model = model;
    this.file = file;
    this.progress = progress;
    this.totalBytes = model.weightBytes();
  }

  /**
   * Writes a model's file, and its data file where it needs one. There must be neither yet.
   *
   * @param file its directory is there
   */
  public static void write(OnnxModel model, Path file, Progress progress) throws IOException {
    write(model, file, progress, EMBEDDED_MAX_BYTES);
  }

  static void write(OnnxModel model, Path file, Progress progress, long embeddedMaxBytes)
      throws IOException {
    new OnnxWriter(model, file, progress).write(model.weightBytes() > embeddedMaxBytes);
  }

  private void write(boolean external) throws IOException {
    List<Initializer> embedded = new ArrayList<>();
    ModelProto.Builder frame = model.frame().toBuilder();
    if (external) {
      writeData(frame, embedded);
    } else {
      embedded.addAll(model.initializers());
    }
    try (FileChannel channel = create(file)) {
      GraphProto graph = frame.getGraph();
      byte[] head = frame.clearGraph().build().toByteArray();
      long length = graph.getSerializedSize();
      for (Initializer initializer : embedded) {
        length += embeddedSize(initializer);
      }
      put(channel, head);
      put(channel, prefix(ModelProto.GRAPH_FIELD_NUMBER, length));
      put(channel, graph.toByteArray());
      for (Initializer initializer : embedded) {
        byte[] fields = header(initializer).toByteArray();
        byte[] data = prefix(TensorProto.RAW_DATA_FIELD_NUMBER, initializer.byteSize());
        put(
            channel,
            prefix(
                GraphProto.INITIALIZER_FIELD_NUMBER,
                fields.length + data.length + initializer.byteSize()));
        put(channel, fields);
        put(channel, data);
        writeContent(initializer, channel);
      }
    }
  }

  /** Writes the larger weights, adds their references to the graph, and gathers the others. */
  private void writeData(ModelProto.Builder frame, List<Initializer> embedded) throws IOException {
    Path data = file.resolveSibling(file.getFileName() + ".data");
    try (FileChannel channel = create(data)) {
      for (Initializer initializer : model.initializers()) {
        if (initializer.byteSize() < EXTERNAL_MIN_BYTES) {
          embedded.add(initializer);
          continue;
        }
        long end = channel.position();
        long offset = (end + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
        put(channel, new byte[(int) (offset - end)]);
        writeContent(initializer, channel);
        frame
            .getGraphBuilder()
            .addInitializer(
                header(initializer).toBuilder()
                    .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                    .addExternalData(entry("location", data.getFileName().toString()))
                    .addExternalData(entry("offset", Long.toString(offset)))
                    .addExternalData(entry("length", Long.toString(initializer.byteSize()))));
      }
    }
  }

  private void writeContent(Initializer initializer, FileChannel channel) throws IOException {
    TensorOutput out =
        new TensorOutput(
            channel, bytes -> progress.written(initializer.name(), doneBytes + bytes, totalBytes));
    initializer.content().writeTo(out);
    out.flush();
    if (out.written() != initializer.byteSize()) {
      throw new IllegalStateException(
          initializer.name()
              + initializer.dims()
              + " takes "
              + initializer.byteSize()
              + " bytes, but "
              + out.written()
              + " were made");
    }
    doneBytes += out.written();
  }

  private static TensorProto header(Initializer initializer) {
    return TensorProto.newBuilder()
        .setName(initializer.name())
        .setDataType(initializer.type().code())
        .addAllDims(initializer.dims())
        .build();
  }

  private static long embeddedSize(Initializer initializer) throws IOException {
    long tensor =
        header(initializer).getSerializedSize()
            + prefix(TensorProto.RAW_DATA_FIELD_NUMBER, initializer.byteSize()).length
            + initializer.byteSize();
    return prefix(GraphProto.INITIALIZER_FIELD_NUMBER, tensor).length + tensor;
  }

  /** What comes before the bytes of a field: its tag, and how many there are. */
  private static byte[] prefix(int field, long length) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeTag(field, LENGTH_DELIMITED);
    out.writeUInt64NoTag(length);
    out.flush();
    return bytes.toByteArray();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
  }

  private static void put(FileChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
