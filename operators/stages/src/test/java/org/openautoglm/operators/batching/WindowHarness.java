package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.testing.ManualExecutor;
import org.openautoglm.operators.testing.ScriptedEngine;
import org.openautoglm.operators.testing.TestingModelProvider;
import org.openautoglm.operators.testing.TestingModels;
import org.openautoglm.operators.testing.TestingPrompts;
import org.openautoglm.operators.types.MessageTypeInformation;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.PreparedPrompt;

/** One subtask of the window in Flink's harness, with a scripted engine and time in hand. */
final class WindowHarness implements AutoCloseable {
  static final int MAX_PARALLELISM = 128;

  final ManualExecutor lanes = new ManualExecutor();
  final TestingModelProvider provider = new TestingModelProvider();
  final ScriptedEngine engine;
  final BatchKeys keys;
  final KeyedOneInputStreamOperatorTestHarness<String, PreparedPrompt, AnsweredPrompt> flink;

  /** One subtask of one, with one lane that the test works by hand. */
  static WindowHarness of(ModelSpec... models) throws Exception {
    return new WindowHarness(List.of(models), 1, 0, 1, null);
  }

  /**
   * @param executor runs batches; null for this harness's own {@link #lanes}
   */
  WindowHarness(
      List<ModelSpec> models, int parallelism, int subtask, int laneCount, Executor executor)
      throws Exception {
    this(models, parallelism, subtask, laneCount, executor, 0);
  }

  /**
   * @param maxBatchesInFlight as in {@link WindowConfig}
   */
  WindowHarness(
      List<ModelSpec> models,
      int parallelism,
      int subtask,
      int laneCount,
      Executor executor,
      int maxBatchesInFlight)
      throws Exception {
    engine = new ScriptedEngine(new Device("cpu", laneCount, executor == null ? lanes : executor));
    models.forEach(model -> provider.with(model.name(), engine));
    keys = BatchKeys.of(models, MAX_PARALLELISM);
    WindowConfig config =
        new WindowConfig(models, provider, TestingModels.CLASSIFIER, keys, maxBatchesInFlight);
    flink =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new MicroBatchWindowFactory(config, time -> time.getCurrentProcessingTime() * 1_000),
            PreparedPrompt::getBatchKey,
            Types.STRING,
            MAX_PARALLELISM,
            parallelism,
            subtask);
  }

  WindowHarness backend(StateBackend backend) {
    flink.setStateBackend(backend);
    return this;
  }

  WindowHarness open() throws Exception {
    setUp();
    flink.open();
    return this;
  }

  WindowHarness open(OperatorSubtaskState state) throws Exception {
    setUp();
    flink.initializeState(state);
    flink.open();
    return this;
  }

  /** From here on, another state backend would not be looked at. */
  private void setUp() {
    flink.setup(MessageTypeInformation.ofMessage(AnsweredPrompt.class).createSerializer(null));
  }

  /** Sends a prompt of a model with one row for each length. */
  void send(String model, String id, int firstToken, int... lengths) throws Exception {
    send(TestingPrompts.prompt(model, keys.keyFor(model, 0), id, firstToken, lengths));
  }

  void send(PreparedPrompt prompt) throws Exception {
    flink.processElement(new StreamRecord<>(prompt));
  }

  /** Runs one batch and the mails that follow. Returns false when no batch was on a lane. */
  boolean runBatch() throws Exception {
    boolean ran = lanes.runNext();
    openMails();
    return ran;
  }

  void runAllBatches() throws Exception {
    while (runBatch()) {}
  }

  void openMails() throws Exception {
    Optional<Mail> mail = flink.getTaskMailbox().tryTake(TaskMailbox.MIN_PRIORITY);
    while (mail.isPresent()) {
      mail.get().run();
      mail = flink.getTaskMailbox().tryTake(TaskMailbox.MIN_PRIORITY);
    }
  }

  List<AnsweredPrompt> answers() {
    return flink.extractOutputValues();
  }

  List<String> answeredIds() {
    List<String> ids = new ArrayList<>();
    answers().forEach(answer -> ids.add(answer.getPrompt().getRequest().getRequestId()));
    return ids;
  }

  AnsweredPrompt answer(String id) {
    List<AnsweredPrompt> ofId =
        answers().stream()
            .filter(answer -> answer.getPrompt().getRequest().getRequestId().equals(id))
            .toList();
    assertThat(ofId).as("answers to " + id).hasSize(1);
    return ofId.get(0);
  }

  /** Puts a mail into the box that runs one batch, wherever the task next looks for mail. */
  void runBatchInMail() {
    flink.getTaskMailbox().put(new Mail(lanes::runNext, TaskMailbox.MAX_PRIORITY, "runs a batch"));
  }

  WindowMetrics metrics(String model) throws Exception {
    return ((MicroBatchWindow) flink.getOperator()).models().get(model).metrics();
  }

  long unfinished(String model) throws Exception {
    return metrics(model).requestsUnfinished;
  }

  long rowsSpilled(String model) throws Exception {
    return metrics(model).rowsSpilled;
  }

  int rowsWaiting(String model) throws Exception {
    return metrics(model).rowsWaiting;
  }

  /** Keys that have prompts in state, whatever the backend. */
  long keysInState() throws Exception {
    KeyedStateBackend<Object> state =
        ((MicroBatchWindow) flink.getOperator()).getKeyedStateBackend();
    try (Stream<Object> lines = state.getKeys("waiting-line", VoidNamespace.INSTANCE);
        Stream<Object> prompts = state.getKeys("waiting-prompts", VoidNamespace.INSTANCE)) {
      return Stream.concat(lines, prompts).distinct().count();
    }
  }

  /** The equations of {@link WindowMetrics}. */
  void assertConservation(String model) throws Exception {
    WindowMetrics metrics = metrics(model);
    assertThat(metrics.requestsIn.getCount() + metrics.requestsRestored.getCount())
        .isEqualTo(metrics.requestsAnswered.getCount() + metrics.requestsUnfinished);
    long failed = 0;
    for (FailureCode code : FailureCode.values()) {
      failed += metrics.rowsFailed(code).getCount();
    }
    assertThat(metrics.rowsIn.getCount() + metrics.rowsRestored.getCount())
        .isEqualTo(
            metrics.rowsAnswered.getCount()
                + failed
                + metrics.rowsWaiting
                + metrics.rowsSpilled
                + metrics.rowsRunning);
  }

  @Override
  public void close() {
    try {
      flink.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
