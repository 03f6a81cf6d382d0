/**
 * Whether a job may start: alone of its name, with state that is its own, on topics that the state
 * was written for. It is looked at in the source's enumerator, in the JobManager, so that it holds
 * however a job was started; see {@link CheckedSource}.
 */
package org.openautoglm.jobs.kafka.start;
