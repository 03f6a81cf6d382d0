package org.openautoglm.jobs.law;

/** The conservation law on the embedded broker, everywhere. */
class EmbeddedConservationITCase extends ConservationTests {
  @Override
  TestBroker startBroker() throws Exception {
    return TestBroker.embedded();
  }
}
