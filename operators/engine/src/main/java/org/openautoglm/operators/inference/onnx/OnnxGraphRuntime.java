package org.openautoglm.operators.inference.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.openautoglm.operators.conversion.check.GraphRuntime;
import org.openautoglm.operators.conversion.check.LoadedGraph;
import org.openautoglm.operators.inference.onnx.runtime.RuntimeEnvironment;
import org.openautoglm.operators.inference.onnx.runtime.Sessions;
import org.openautoglm.operators.inference.tokenization.Tokenizer;

/**
 * Runs graphs for conversion with the sessions that serve prompts too, so that what is checked is
 * what will run.
 */
public final class OnnxGraphRuntime implements GraphRuntime {

  @Override
  public LoadedGraph load(Path graph) throws IOException {
    OrtEnvironment environment = RuntimeEnvironment.get();
    try {
      return OnnxLoadedGraph.of(
          environment, Sessions.open(environment, graph, OptionalInt.empty()));
    } catch (OrtException e) {
      throw new IOException(graph + " cannot be loaded: " + e.getMessage(), e);
    }
  }

  @Override
  public TextEncoder tokenizer(Path file) throws IOException {
    Tokenizer tokenizer = Tokenizer.open(file);
    return new TextEncoder() {
      @Override
      public int[] encode(String text, boolean special) {
        return tokenizer.encode(text, special);
      }

      @Override
      public void close() {
        tokenizer.close();
      }
    };
  }
}
