package org.openautoglm.operators.batching;

import java.util.concurrent.RejectedExecutionException;
import org.apache.flink.annotation.VisibleForTesting;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.openautoglm.operators.FlinkTaskContext;
import org.openautoglm.operators.suspects.Suspects;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.PreparedPrompt;

/**
 * The micro-batch window: gathers the rows of requests, runs them in batches on the devices, and
 * answers each request when its last row has ended, in whatever order that is.
 *
 * <p>Keyed by {@link PreparedPrompt#getBatchKey}. Each request that comes in goes out once; across
 * failures, rescaling and savepoints that is exactly once downstream, while work on a device may
 * run again. A fault of the process fails the task.
 *
 * <p><b>Threads.</b> Everything here happens on the task thread. Lanes hand their results over
 * through {@link Completions}, which sends a mail; processing-time timers come as mails, too. When
 * nothing more may wait, {@link #processElement} yields to the mailbox, and so does {@link
 * #endInput} until all is answered: mails then run inside these methods, but never inside {@link
 * Windows}, so that no decision is made on a state that a mail changes under it. After each {@link
 * #turn} there is always something to come that leads to the next one: a batch's end, a lane's
 * wake-up or the alarm.
 *
 * <p><b>State.</b> Prompts not answered, see {@link WindowState}, with the rows that have ended; a
 * row on a device counts as not yet run. A prompt that finds its pool full is written at once and
 * leaves the heap until there is room, so barriers and other models' prompts go past it; one in the
 * pool is written by the first snapshot that finds it there. Flink takes no snapshot while an
 * element is being processed, not even an unaligned one: its mails rank below those that an
 * operator yields to. Were one taken, it would take the prompt in hand in. <b>Restore.</b> What was
 * in the pool comes to the pool, before any new prompt; the others stay in state.
 */
final class MicroBatchWindow extends AbstractStreamOperator<AnsweredPrompt>
    implements OneInputStreamOperator<PreparedPrompt, AnsweredPrompt>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  /** How soon it is noticed that a quick window is not quick any more. */
  private static final long LOOK_AGAIN_US = 10_000;

  private final transient WindowConfig settings;
  private final transient MailboxExecutor mailbox;
  private final transient Alarm alarm;
  private final transient Completions completions = new Completions(this::sendMail);
  private final transient HeldWatermarks<StreamElement> watermarks =
      new HeldWatermarks<>(this::emitHeld);
  private final transient StreamRecord<AnsweredPrompt> answer = new StreamRecord<>(null);
  private transient WindowState state;
  private transient Models models;
  private transient Windows windows;
  private transient LostModels lostModels;

  /** For which there is no room yet; null when it has been taken in. */
  private transient PreparedPrompt inHand;

  private transient Suspects suspects;
  private transient volatile boolean closed;

  private final LastSavepoint lastSavepoint;

  /** From the snapshot of that savepoint on: what is unfinished is for whoever goes on from it. */
  private transient boolean stopped;

  MicroBatchWindow(
      StreamOperatorParameters<AnsweredPrompt> parameters,
      WindowConfig settings,
      WindowClock clock) {
    super(parameters);
    this.settings = settings;
    this.mailbox = parameters.getMailboxExecutor();
    this.lastSavepoint = new LastSavepoint(parameters.getContainingTask());
    this.alarm = new Alarm(getProcessingTimeService(), clock, this::turn, completions::wake);
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    state = new WindowState(getKeyedStateBackend(), context.getKeyedStateStore());
  }

  @Override
  public void open() throws Exception {
    super.open();
    TaskInfo task = getRuntimeContext().getTaskInfo();
    models =
        new Models(
            settings,
            new FlinkTaskContext(getRuntimeContext()),
            getMetricGroup(),
            completions::laneFreed,
            completions::wake);
    suspects = Suspects.of(getRuntimeContext());
    Scheduler scheduler =
        new Scheduler(
            task.getIndexOfThisSubtask() + "-" + task.getAttemptNumber(),
            settings.classifier(),
            alarm::nowUs,
            completions,
            suspects);
    windows = new Windows(models, scheduler, state, this::emit);
    lostModels = new LostModels(state, windows::nextSequence);
    for (String model : settings.keys().modelsOf(task)) {
      models.get(model);
    }
    new WindowRestore(state, windows, lostModels, watermarks, alarm.nowUs())
        .run()
        .forEach(this::refuse);
    turn();
  }

  /** Most elements touch no state, and the others set their key themselves. */
  @Override
  @SuppressWarnings("rawtypes") // As in the base class.
  public void setKeyContextElement1(StreamRecord record) {}

  @Override
  public void processElement(StreamRecord<PreparedPrompt> element) throws Exception {
    PreparedPrompt prompt = element.getValue();
    Window window = windows.of(prompt);
    if (window == null) {
      refuse(arriving(prompt));
      return;
    }
    if (!windows.hasRoomInPool(prompt, window) && !findRoom(prompt, window)) {
      return;
    }
    PendingRequest request = arriving(prompt);
    windows.enter(request, window, request.enteredUs());
    if (windows.mayStart(window)) {
      turn();
    } else if (request.deadlineUs() > 0) {
      alarm.at(request.deadlineUs());
    }
  }

  private PendingRequest arriving(PreparedPrompt prompt) {
    PendingRequest request = PendingRequest.arriving(prompt, alarm.nowUs(), windows::nextSequence);
    request.segment = watermarks.enter();
    return request;
  }

  /**
   * Waits until a prompt that finds its pool full may come in, be it to the pool or into state.
   * Returns false where it was taken in or refused meanwhile.
   */
  private boolean findRoom(PreparedPrompt prompt, Window window) throws InterruptedException {
    inHand = prompt;
    while (inHand != null && !windows.hasRoomInPool(prompt, window)) {
      boolean soon = window.hasRoomSoon(alarm.nowUs());
      if (!soon && windows.hasRoomInState(prompt, window)) {
        break;
      }
      if (!soon && window.refusesOverload()) {
        inHand = null;
        windows.refuse(arriving(prompt), window, alarm.nowUs());
        return false;
      }
      turn();
      if (soon) {
        alarm.at(alarm.nowUs() + LOOK_AGAIN_US);
      }
      if (!windows.hasRoomInPool(prompt, window)) {
        mailbox.yield();
      }
    }
    boolean stillInHand = inHand != null;
    inHand = null;
    return stillInHand;
  }

  /** A request in a savepoint whose model the job has since lost. */
  private void refuse(PendingRequest request) {
    for (int slot = 0; slot < request.rowCount(); slot++) {
      Row row = request.row(slot);
      if (row != null) {
        request.end(
            row,
            RowFailure.outcome(
                row, FailureCode.UNKNOWN_MODEL, RowFailure.unknownModel(row), alarm.nowUs()));
      }
    }
    emit(request);
  }

  /** Refuses what is late, starts what can start, and sets the alarm for what must wait. */
  private void turn() {
    if (stopped) {
      return;
    }
    lostModels.handOut(this::refuse);
    long nowUs = alarm.nowUs();
    long againUs = windows.dispatch(nowUs);
    alarm.at(lostModels.isEmpty() ? againUs : nowUs);
  }

  private void sendMail() {
    try {
      mailbox.execute(this::openMail, "results and free lanes of micro-batches");
    } catch (RejectedExecutionException ignored) {
      // The task ends or is cancelled: what is not answered runs again after the restore.
    }
  }

  private void openMail() {
    completions.mailOpened();
    if (closed || stopped) {
      return;
    }
    takeCompletions();
    turn();
  }

  private void takeCompletions() {
    Completion completion = completions.poll();
    long nowUs = completion == null ? 0 : alarm.nowUs();
    for (; completion != null; completion = completions.poll()) {
      windows.complete(completion, nowUs);
      if (completions.takeLaneFreed()) {
        // The next batch runs while the answers of the last one are still being written.
        turn();
      }
    }
  }

  private void emit(PendingRequest request) {
    output.collect(answer.replace(request.answer()));
    watermarks.leave(request.segment);
  }

  @Override
  public void processWatermark(Watermark mark) {
    watermarks.hold(mark);
  }

  @Override
  public void processWatermarkStatus(WatermarkStatus status) {
    watermarks.hold(status);
  }

  private void emitHeld(StreamElement element) {
    if (element.isWatermark()) {
      output.emitWatermark(element.asWatermark());
    } else {
      output.emitWatermarkStatus(element.asWatermarkStatus());
    }
  }

  /** Lets answers that are ready go out ahead of the barrier instead of into the state. */
  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    takeCompletions();
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    if (inHand != null) {
      PendingRequest request = arriving(inHand);
      windows.enter(request, windows.of(inHand), request.enteredUs());
      inHand = null;
    }
    windows.snapshot();
    lostModels.snapshot();
    stopped = lastSavepoint.hasBegun();
  }

  @Override
  public void endInput() throws Exception {
    alarm.endOfInput();
    windows.endOfInput();
    while (isUnfinished()) {
      turn();
      if (isUnfinished()) {
        mailbox.yield();
      }
    }
  }

  private boolean isUnfinished() {
    return windows.unfinished() > 0 || !lostModels.isEmpty();
  }

  @VisibleForTesting
  Models models() {
    return models;
  }

  @Override
  public void close() throws Exception {
    closed = true;
    alarm.cancel();
    if (windows != null) {
      windows.close();
    }
    if (suspects != null) {
      suspects.close();
    }
    super.close();
  }
}
