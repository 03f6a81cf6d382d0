package org.openautoglm.jobs.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IdBalanceTest {
  @Test
  void countsAsAMapWould() {
    IdBalance balance = new IdBalance();
    Map<String, Integer> expected = new HashMap<>();
    Random random = new Random(3);
    for (int i = 0; i < 100_000; i++) {
      String id = "请求-" + random.nextInt(40_000);
      int delta = random.nextBoolean() ? 1 : -1;
      assertThat(balance.add(id.getBytes(UTF_8), delta))
          .isEqualTo(expected.merge(id, delta, Integer::sum));
    }
    expected.forEach((id, count) -> assertThat(balance.get(id.getBytes(UTF_8))).isEqualTo(count));
    assertThat(balance.get("never seen".getBytes(UTF_8))).isZero();
  }
}
