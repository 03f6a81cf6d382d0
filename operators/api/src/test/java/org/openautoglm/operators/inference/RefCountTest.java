package org.openautoglm.operators.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RefCountTest {
  private final AtomicInteger freed = new AtomicInteger();
  private final RefCount users = new RefCount(freed::incrementAndGet);

  @Test
  void freesOnceWhenTheLastUserLetsGo() {
    assertThat(users.tryRetain()).isTrue();
    users.release();
    assertThat(freed).hasValue(0);
    users.release();
    assertThat(freed).hasValue(1);
  }

  @Test
  void takesNobodyInAfterThat() {
    users.release();
    assertThat(users.tryRetain()).isFalse();
    assertThatThrownBy(users::release).isInstanceOf(IllegalStateException.class);
    assertThat(freed).hasValue(1);
  }
}
