/**
 * What brokers and topics must be before a job starts: looked at from wherever a job is made,
 * within seconds, and told all at once; see {@link Preflight}. It changes nothing there.
 */
package org.openautoglm.jobs.kafka.preflight;
