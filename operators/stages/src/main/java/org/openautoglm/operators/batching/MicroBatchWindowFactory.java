package org.openautoglm.operators.batching;

import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.PreparedPrompt;

/**
 * Puts the micro-batch window into a job: {@code prompts.keyBy(PreparedPrompt::getBatchKey)
 * .transform(name, MessageTypeInformation.ofMessage(AnsweredPrompt.class), factory)}. The key's
 * type is String.
 */
public final class MicroBatchWindowFactory extends AbstractStreamOperatorFactory<AnsweredPrompt>
    implements OneInputStreamOperatorFactory<PreparedPrompt, AnsweredPrompt> {
  private static final long serialVersionUID = 1L;

  private final WindowConfig config;
  private final WindowClock clock;

  public MicroBatchWindowFactory(WindowConfig config) {
    this(config, WindowClock.WALL);
  }

  /**
   * @param clock for tests, which hold the time in their hands
   */
  MicroBatchWindowFactory(WindowConfig config, WindowClock clock) {
    this.config = config;
    this.clock = clock;
  }

  @Override
  // The interface lets the caller name the operator's type.
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public <T extends StreamOperator<AnsweredPrompt>> T createStreamOperator(
      StreamOperatorParameters<AnsweredPrompt> parameters) {
    return (T) new MicroBatchWindow(parameters, config, clock);
  }

  @Override
  @SuppressWarnings("rawtypes") // As in the interface.
  public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
    return MicroBatchWindow.class;
  }
}
