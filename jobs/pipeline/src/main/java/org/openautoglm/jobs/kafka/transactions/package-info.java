/**
 * What becomes of a job's transactions: none is lost without a word ({@link WatchedCommitter}), and
 * none that an earlier run left open stays so.
 */
package org.openautoglm.jobs.kafka.transactions;
