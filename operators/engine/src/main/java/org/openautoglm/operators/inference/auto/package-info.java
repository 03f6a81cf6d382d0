/**
 * The library face: models of local directories in a few lines of Java, without Flink and without
 * Kafka. Under it are the preparers and engines of the job.
 */
package org.openautoglm.operators.inference.auto;
