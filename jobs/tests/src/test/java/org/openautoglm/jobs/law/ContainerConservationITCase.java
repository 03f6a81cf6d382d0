package org.openautoglm.jobs.law;

import org.testcontainers.junit.jupiter.EnabledIfDockerAvailable;

/** The conservation law on Kafka's own image, where Docker runs. */
@EnabledIfDockerAvailable
class ContainerConservationITCase extends ConservationTests {
  @Override
  TestBroker startBroker() {
    return TestBroker.container();
  }
}
