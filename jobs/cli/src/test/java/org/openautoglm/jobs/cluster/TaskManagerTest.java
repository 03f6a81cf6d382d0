package org.openautoglm.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class TaskManagerTest {
  @Test
  void isThereForAsLongAsItListensWhereItSaid() throws Exception {
    TaskManager counted;
    try (ServerSocket process = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      counted =
          TaskManager.at(
              "pekko.tcp://flink@127.0.0.1:%d/user/rpc/taskmanager_0"
                  .formatted(process.getLocalPort()),
              2,
              1);
      assertThat(counted.listens()).isTrue();
    }
    assertThat(counted.listens()).isFalse();
    assertThat(counted.slots()).isEqualTo(2);
    assertThat(counted.freeSlots()).isEqualTo(1);
    assertThat(TaskManager.at("no address", 1, 1).listens()).isFalse();
  }
}
