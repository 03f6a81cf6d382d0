package org.openautoglm.operators.tracing;

import java.util.ArrayList;
import java.util.List;
import org.openautoglm.operators.RecordTime;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.flow.RowOutcome;

/**
 * When a request was in which stage, from what the stages themselves measured. Of several inputs
 * the one that took longest stands for all, counted back from the settling; where clocks disagree
 * no stage begins before the one ahead of it ended. Pure.
 *
 * @param startUs when the record was published or, without a timestamp, read; microseconds since
 *     the epoch
 * @param endUs when it was settled
 * @param stages in their order, none of them empty in name
 * @param longest the input that the window and inference stages are those of, or null
 */
record Timeline(long startUs, long endUs, List<Stage> stages, RowOutcome longest) {

  /** A stage's share, microseconds since the epoch. */
  record Stage(String name, long startUs, long endUs) {}

  static Timeline of(AnsweredPrompt answered, long settledUs, long endUs) {
    PreparedPrompt prompt = answered.getPrompt();
    List<Stage> stages = new ArrayList<>();
    long atUs = begin(stages, prompt.getOrigin());
    atUs = add(stages, "decode", atUs, prompt.getDecodeNs() / 1_000);
    atUs = add(stages, "admit", atUs, prompt.getAdmitNs() / 1_000);
    atUs = add(stages, "prepare", atUs, prompt.getPrepareNs() / 1_000);
    RowOutcome longest = longest(answered);
    if (longest != null) {
      long beginUs = Math.max(atUs, settledUs - longest.getInferenceUs());
      long windowUs = Math.max(atUs, beginUs - longest.getWindowUs());
      stages.add(new Stage("window", windowUs, beginUs));
      stages.add(new Stage("inference", beginUs, Math.max(beginUs, settledUs)));
      atUs = Math.max(beginUs, settledUs);
    }
    return end(stages, Math.max(atUs, settledUs), endUs, longest);
  }

  static Timeline of(Refusal refusal, long settledUs, long endUs) {
    List<Stage> stages = new ArrayList<>();
    long atUs = begin(stages, refusal.getOrigin());
    atUs = add(stages, "decode", atUs, refusal.getDecodeNs() / 1_000);
    if (refusal.getAdmitNs() > 0) {
      atUs = add(stages, "admit", atUs, refusal.getAdmitNs() / 1_000);
    }
    return end(stages, Math.max(atUs, settledUs), endUs, null);
  }

  private static long begin(List<Stage> stages, Origin origin) {
    long receivedUs = origin.getReceivedUs();
    long publishedUs = Math.min(RecordTime.publishedUs(origin), receivedUs);
    stages.add(new Stage("queue", publishedUs, receivedUs));
    return receivedUs;
  }

  private static long add(List<Stage> stages, String name, long startUs, long us) {
    stages.add(new Stage(name, startUs, startUs + us));
    return startUs + us;
  }

  private static Timeline end(List<Stage> stages, long settledUs, long endUs, RowOutcome longest) {
    long settleEndUs = Math.max(settledUs, endUs);
    stages.add(new Stage("settle", settledUs, settleEndUs));
    return new Timeline(stages.get(0).startUs(), settleEndUs, List.copyOf(stages), longest);
  }

  private static RowOutcome longest(AnsweredPrompt answered) {
    RowOutcome longest = null;
    for (RowOutcome outcome : answered.getOutcomesList()) {
      if (outcome.hasRun() && (longest == null || tookUs(outcome) > tookUs(longest))) {
        longest = outcome;
      }
    }
    return longest;
  }

  private static long tookUs(RowOutcome outcome) {
    return outcome.getWindowUs() + outcome.getInferenceUs();
  }
}
