package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.BatchingSpec.Policy;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.WaitingSpec;
import org.openautoglm.operators.inference.WaitingSpec.Overload;
import org.openautoglm.operators.testing.TestingModels;

/**
 * First come, first served holds on the way through the state, too: what a reader of committed
 * records sees has the order in which it came, whatever restores lie between.
 */
class SpillOrderTest {
  @Property(tries = 100)
  void promptsOfLikeLengthAreAnsweredInTheirOrder(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    WaitingSpec waiting =
        new WaitingSpec(100 + random.nextInt(2_000), 1_000, 1 << 20, Overload.BLOCK);
    ModelSpec model =
        TestingModels.model(
            "m",
            new BatchingSpec(
                    1 + random.nextInt(4),
                    1_024,
                    0,
                    1 + random.nextInt(8),
                    Policy.FIRST_COME_FIRST_SERVED,
                    100)
                .with(waiting));
    List<String> committed = new ArrayList<>();
    OperatorSubtaskState checkpoint = null;
    int sent = 0;
    for (int attempt = 1; attempt <= 4; attempt++) {
      try (WindowHarness window = WindowHarness.of(model)) {
        if (checkpoint == null) {
          window.open();
        } else {
          window.open(checkpoint);
        }
        for (int step = 0; step < 30; step++) {
          if (random.nextInt(3) > 0) {
            // Of several rows, so that a later one may fit where the next one does not.
            int[] lengths = IntStream.range(0, 1 + random.nextInt(3)).map(row -> 5).toArray();
            window.send("m", "r" + sent, 10 * sent++, lengths);
          } else {
            window.runBatch();
          }
        }
        if (attempt == 4) {
          window.runAllBatches();
        }
        window.flink.prepareSnapshotPreBarrier(attempt);
        committed.addAll(window.answeredIds());
        checkpoint = window.flink.snapshot(attempt, attempt);
        // What happens after the checkpoint has not happened once the job comes back.
        window.runAllBatches();
      }
    }
    assertThat(committed)
        .isEqualTo(IntStream.range(0, sent).mapToObj(number -> "r" + number).toList());
  }
}
