package org.openautoglm.operators.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.openautoglm.operators.CountedMetrics;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.wire.Error;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.Status;

class SettleMetricsTest {
  private final CountedMetrics counted = new CountedMetrics();
  private final SettleMetrics metrics = new SettleMetrics(counted.taskGroup());

  /** As a savepoint of a later version holds it after a rollback. */
  @Test
  void countsACodeThatItDoesNotKnowUnderItsName() {
    Error later = Error.newBuilder().setCode("OF_A_LATER_VERSION").build();
    InferenceResult result =
        InferenceResult.newBuilder().setStatus(Status.ERROR).setError(later).build();
    metrics.settled(result, Origin.getDefaultInstance(), 1);
    metrics.settled(result, Origin.getDefaultInstance(), 1);
    metrics.deadLetter(FailureCode.MALFORMED_RECORD.error("noise"));
    assertThat(counted.count("stage.settle.code.OF_A_LATER_VERSION.requestsFailed")).isEqualTo(2);
    assertThat(counted.count("stage.settle.code.MALFORMED_RECORD.requestsFailed")).isOne();
    assertThat(counted.count("stage.settle.resultsError")).isEqualTo(2);
  }
}
