package org.openautoglm.jobs.kafka.transactions;

import org.apache.flink.connector.kafka.sink.KafkaCommittable;

/**
 * One transaction, as messages and {@code kafka.lost_transactions} name it: {@code
 * autoglm-answers-0-1/1003/17}, its transactional id, producer id and epoch. No later one has the
 * same name.
 *
 * @param id the transactional id
 * @param producerId the producer's
 * @param epoch the producer's
 */
record TransactionName(String id, long producerId, short epoch) {
  static TransactionName of(KafkaCommittable committable) {
    return new TransactionName(
        committable.getTransactionalId(), committable.getProducerId(), committable.getEpoch());
  }

  @Override
  public String toString() {
    return id + "/" + producerId + "/" + epoch;
  }
}
