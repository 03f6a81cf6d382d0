/**
 * What came out held against what went in: for each record of the prompts topics, by its
 * coordinates, whether it has its one outcome and its one audit event. Plain Java over Kafka's
 * clients, without Flink.
 */
package org.openautoglm.jobs.reconcile;
