/**
 * How prompts are read so that no record can stop the reading: {@link GuardedSource} is Kafka's
 * source with a {@link FetchGuard} between its consumer and the network.
 */
package org.openautoglm.jobs.kafka.reading;
