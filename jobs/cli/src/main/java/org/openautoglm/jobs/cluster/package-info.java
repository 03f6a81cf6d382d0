/**
 * A Flink cluster of several processes on this machine, and the doors to any Flink cluster: submit,
 * savepoint, cancel.
 */
package org.openautoglm.jobs.cluster;
