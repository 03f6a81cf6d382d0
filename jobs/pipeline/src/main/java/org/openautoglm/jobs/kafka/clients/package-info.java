/**
 * What every client of Kafka has in common: its properties ({@link KafkaClients}), the files that
 * secrets are read from, what a failure means ({@link KafkaFailure}), and what the brokers say of
 * topics and partitions.
 */
package org.openautoglm.jobs.kafka.clients;
