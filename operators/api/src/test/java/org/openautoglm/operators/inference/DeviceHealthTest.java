package org.openautoglm.operators.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.DeviceHealth.Grade;

class DeviceHealthTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000);
  private final DeviceHealth health = new DeviceHealth("cuda:0", nanos::get);

  @Test
  void oneRunThatTakesTooLongMakesItDoubtfulUntilOneEndsWell() throws Exception {
    assertThat(health.grade()).isEqualTo(Grade.SOUND);
    health.ranTooLong();
    assertThat(health.grade()).isEqualTo(Grade.DOUBTFUL);
    health.enter();
    health.ranWell();
    assertThat(health.grade()).isEqualTo(Grade.SOUND);
  }

  @Test
  void aDoubtfulDeviceIsTriedAgainAfterARest() {
    health.ranTooLong();
    nanos.addAndGet(DeviceHealth.REST_NANOS);
    assertThat(health.grade()).isEqualTo(Grade.SOUND);
  }

  @Test
  void severalInARowTakeItOutAndATrialBringsItBack() throws Exception {
    takeOut();
    assertThat(health.grade()).isEqualTo(Grade.OUT_OF_SERVICE);
    assertThat(gauge("outOfService")).isEqualTo(1);
    assertThatThrownBy(health::enter)
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessageContaining("cuda:0 is out of service");
    nanos.addAndGet(DeviceHealth.REST_NANOS);
    health.enter();
    assertThatThrownBy(health::enter).as("one trial at a time").isNotNull();
    health.ranTooLong();
    assertThat(health.grade()).isEqualTo(Grade.OUT_OF_SERVICE);
    nanos.addAndGet(DeviceHealth.REST_NANOS);
    health.enter();
    health.ranWell();
    health.enter();
    assertThat(gauge("outOfService")).isZero();
    assertThat(gauge("runsTooLong")).isEqualTo(DeviceHealth.TOO_LONG_MAX + 1);
  }

  @Test
  void goodRunsBetweenKeepItInService() throws Exception {
    for (int i = 0; i < 3 * DeviceHealth.TOO_LONG_MAX; i++) {
      health.ranTooLong();
      health.ranWell();
    }
    health.enter();
    assertThat(health.grade()).isEqualTo(Grade.SOUND);
  }

  @Test
  void soManyStuckRunsAreTheEndUntilOneComesBack() throws Exception {
    for (int i = 0; i < DeviceHealth.STUCK_MAX; i++) {
      health.enter();
      health.gotStuck();
    }
    nanos.addAndGet(10 * DeviceHealth.REST_NANOS);
    assertThatThrownBy(health::enter).as("no trial").isNotNull();
    health.ranWell();
    assertThatThrownBy(health::enter).as("whatever else still ends").isNotNull();
    health.cameBack();
    health.enter();
    assertThat(gauge("runsStuck")).isEqualTo(DeviceHealth.STUCK_MAX - 1);
  }

  private void takeOut() {
    for (int i = 0; i < DeviceHealth.TOO_LONG_MAX; i++) {
      health.ranTooLong();
    }
  }

  private long gauge(String name) {
    return health.gauges().get(name).getAsLong();
  }
}
