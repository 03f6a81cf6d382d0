package org.openautoglm.operators.inference.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.openautoglm.operators.conversion.decoder.DecoderConversion;
import org.openautoglm.operators.conversion.decoder.WeightFormat;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.inference.RefusedInputException;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.generation.CachePlan;
import org.openautoglm.operators.inference.generation.Decoder;
import org.openautoglm.operators.inference.generation.GenerationModel;
import org.openautoglm.operators.inference.model.DecoderConfig;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.inference.model.Problems;
import org.openautoglm.operators.inference.onnx.decoder.DecoderModel;
import org.openautoglm.operators.inference.onnx.runtime.RuntimeEnvironment;
import org.openautoglm.operators.inference.onnx.runtime.Sessions;
import org.openautoglm.operators.inference.tokenization.PromptPreparer;
import org.openautoglm.operators.inference.tokenization.Tokenizer;
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.Message;

/**
 * The real chat model, converted and loaded as it is served, with its template and tokenizer:
 * decoders of any size over one session, for tests that want to step them by hand.
 */
public final class ConvertedChatModel implements AutoCloseable {
  private final PromptPreparer preparer;
  private final Tokenizer tokenizer;
  private final OrtSession session;
  private final DecoderModel model;
  private final DecoderConfig config;

  private ConvertedChatModel(
      PromptPreparer preparer,
      Tokenizer tokenizer,
      OrtSession session,
      DecoderModel model,
      DecoderConfig config) {
    this.preparer = preparer;
    this.tokenizer = tokenizer;
    this.session = session;
    this.model = model;
    this.config = config;
  }

  /**
   * Converts and loads.
   *
   * @param source the chat model's directory
   * @param folder is there, for the graph
   */
  public static ConvertedChatModel open(Path source, WeightFormat weights, Path folder)
      throws Exception {
    DecoderConversion.convert(source, folder, weights, Map.of(), Progress.SILENT);
    ModelDirectory directory = ModelDirectory.open(source.toString());
    PromptPreparer preparer =
        PromptPreparer.open(TestModels.spec("chat", TaskType.TEXT_GENERATION, source), directory);
    OrtEnvironment environment = RuntimeEnvironment.get();
    OrtSession session =
        Sessions.load(environment, folder.resolve(DecoderConversion.GRAPH), OptionalInt.empty());
    DecoderConfig config = DecoderConfig.read(source, new Problems());
    DecoderModel model =
        DecoderModel.open(
            "chat",
            source.toString(),
            DecoderConversion.GRAPH,
            environment,
            session,
            config,
            List.of(preparer.prepare("你好"), preparer.prepare("What is the capital of France?")));
    return new ConvertedChatModel(
        preparer, Tokenizer.open(directory.tokenizer()), session, model, config);
  }

  /** A decoder with caches of its own. */
  public Decoder decoder(int slots, int capacityTokens) {
    return model.newDecoder(new CachePlan(slots, capacityTokens, model.tokenBytes()));
  }

  /** What ends a text, as the loader finds it. */
  public GenerationModel generationModel() {
    List<Integer> ends = new ArrayList<>(config.endTokens());
    tokenizer.idOf(config.endToken()).ifPresent(ends::add);
    return new GenerationModel(ends, tokenizer::decode);
  }

  /** The tokens of a text, through the template. */
  public int[] prompt(String text) {
    try {
      return preparer.prepare(text);
    } catch (RefusedInputException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * The tokens of a conversation.
   *
   * @param turns role and content by turns
   */
  public int[] conversation(String... turns) {
    Conversation.Builder conversation = Conversation.newBuilder();
    for (int i = 0; i < turns.length; i += 2) {
      conversation.addMessages(Message.newBuilder().setRole(turns[i]).setContent(turns[i + 1]));
    }
    try {
      return preparer.prepare(conversation.build());
    } catch (RefusedInputException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() throws OrtException {
    session.close();
    tokenizer.close();
    preparer.close();
  }
}
