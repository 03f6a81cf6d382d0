package org.openautoglm.jobs.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openautoglm.jobs.reconcile.Standing.State;
import org.openautoglm.schemas.coordinates.RecordPlace;

class TallyTest {
  private static final long READ_TO = 1_000_000;

  private final Tally tally = new Tally();

  @BeforeEach
  void watch() {
    tally.watch("p", 0, 100);
  }

  @Test
  void oneOutcomeAndOneAuditEventIsTheLaw() {
    prompt(100);
    end(100);
    assertThat(standing(100).state()).isEqualTo(State.ENDED);
    assertThat(standing(100).breaches()).isEmpty();
  }

  @Test
  void whatIsMissingOrDoubledIsNamed() {
    for (int offset = 100; offset < 106; offset++) {
      prompt(offset);
    }
    tally.audit(at(101), "OK");
    tally.outcome(at(102));
    end(103);
    tally.outcome(at(103));
    end(104);
    tally.audit(at(104), "OK");
    for (int i = 0; i < 5; i++) {
      end(105);
    }
    assertThat(standing(100).breaches()).containsExactly(Breach.NO_OUTCOME);
    assertThat(standing(101).breaches()).containsExactly(Breach.AUDIT_WITHOUT_OUTCOME);
    assertThat(standing(102).breaches()).containsExactly(Breach.OUTCOME_WITHOUT_AUDIT);
    assertThat(standing(103).breaches()).containsExactly(Breach.TWO_OUTCOMES);
    assertThat(standing(104).breaches()).containsExactly(Breach.TWO_AUDITS);
    assertThat(standing(105).breaches())
        .containsExactlyInAnyOrder(Breach.TWO_OUTCOMES, Breach.TWO_AUDITS);
  }

  @Test
  void whatTheJobHasNotReadIsNotMissing() {
    prompt(100);
    assertThat(tally.standing(at(100), 100).orElseThrow().state()).isEqualTo(State.NOT_READ);
    assertThat(tally.standing(at(100), 101).orElseThrow().state()).isEqualTo(State.BROKEN);
    // An outcome shows that it was read, whatever the group says.
    tally.outcome(at(100));
    assertThat(tally.standing(at(100), 100).orElseThrow().breaches())
        .containsExactly(Breach.OUTCOME_WITHOUT_AUDIT);
  }

  @Test
  void aRecordThatWasPassedOverNeedsAnAuditEventOnly() {
    prompt(100);
    tally.audit(at(100), "SKIPPED");
    assertThat(standing(100).state()).isEqualTo(State.ENDED);
  }

  @Test
  void offsetsWithoutARecordAndOtherPartitionsDoNotCount() {
    end(101);
    assertThat(tally.standing(at(101), READ_TO)).isEmpty();
    assertThat(tally.outcome(at(99))).isFalse();
    assertThat(tally.audit(new RecordPlace("p", 1, 100), "OK")).isFalse();
    assertThat(tally.outcome(new RecordPlace("q", 0, 100))).isFalse();
  }

  @Test
  void aRepublishedRecordEndsAsTheLastThatStandsForIt() {
    prompt(100);
    republish(200, 100);
    assertThat(tally.standing(at(200), READ_TO)).as("counted with the first").isEmpty();
    assertThat(tally.standing(at(100), 200).orElseThrow().state()).isEqualTo(State.NOT_READ);
    assertThat(standing(100).breaches()).containsExactly(Breach.NO_OUTCOME);

    republish(201, 100);
    assertThat(tally.standing(at(100), 201).orElseThrow().state()).isEqualTo(State.NOT_READ);
    end(201);
    assertThat(standing(100)).isEqualTo(new Standing(State.ENDED, Set.of(), 1, 1, 2));
  }

  @Test
  void aRepublishedRecordThatIsAnsweredTwiceIsDoubled() {
    prompt(100);
    republish(200, 100);
    end(200);
    end(100);
    assertThat(standing(100).breaches()).contains(Breach.TWO_OUTCOMES);
  }

  @Test
  void theAuditEventOfAnOutcomeThatWasLostIsNoSecondOne() {
    prompt(100);
    tally.audit(at(100), "OK");
    republish(200, 100);
    assertThat(tally.standing(at(100), 200).orElseThrow().state()).isEqualTo(State.NOT_READ);
    end(200);
    assertThat(standing(100).state()).isEqualTo(State.ENDED);
  }

  @Test
  void republicationsOfARecordOutOfRangeStandForItTogether() {
    republish(200, 50);
    assertThat(standing(200).breaches()).containsExactly(Breach.NO_OUTCOME);
    republish(201, 50);
    end(201);
    assertThat(standing(200).state()).isEqualTo(State.ENDED);
    assertThat(tally.standing(at(201), READ_TO)).isEmpty();
  }

  @Test
  void countsAsAMapWould() {
    Random random = new Random(11);
    Map<Long, int[]> expected = new HashMap<>();
    for (int i = 0; i < 200_000; i++) {
      long offset = 100L + random.nextInt(300_000);
      int[] counts = expected.computeIfAbsent(offset, key -> new int[2]);
      if (random.nextBoolean()) {
        tally.outcome(at(offset));
        counts[0]++;
      } else {
        tally.audit(at(offset), "ERROR");
        counts[1]++;
      }
    }
    expected.forEach(
        (offset, counts) -> {
          prompt(offset);
          assertThat(standing(offset).outcomes()).isEqualTo(Math.min(3, counts[0]));
          assertThat(standing(offset).audits()).isEqualTo(Math.min(3, counts[1]));
        });
    assertThat(tally.behindLastEnded("p", 0))
        .isEqualTo(expected.keySet().stream().mapToLong(o -> o).max().orElseThrow() + 1);
  }

  private void prompt(long offset) {
    tally.prompt(at(offset), Optional.empty());
  }

  private void republish(long offset, long first) {
    tally.prompt(at(offset), Optional.of(at(first)));
  }

  private void end(long offset) {
    tally.outcome(at(offset));
    tally.audit(at(offset), "OK");
  }

  private Standing standing(long offset) {
    return tally.standing(at(offset), READ_TO).orElseThrow();
  }

  private static RecordPlace at(long offset) {
    return new RecordPlace("p", 0, offset);
  }
}
