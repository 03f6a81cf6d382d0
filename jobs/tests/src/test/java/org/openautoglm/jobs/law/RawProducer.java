package org.openautoglm.jobs.law;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.requests.RequestHeader;

/** Sends batches as they are, which Kafka's producer would not make, straight to a broker. */
public final class RawProducer implements AutoCloseable {
  /** The last version with the topic's name instead of its id. */
  private static final short VERSION = 12;

  private final Socket socket;
  private int correlation;

  public RawProducer(String bootstrapServers) throws IOException {
    int colon = bootstrapServers.lastIndexOf(':');
    socket =
        new Socket(
            bootstrapServers.substring(0, colon),
            Integer.parseInt(bootstrapServers.substring(colon + 1)));
  }

  /** Appends a batch to partition 0; returns the offset of its first record. */
  public long send(String topic, MemoryRecords batch) throws IOException {
    ProduceRequestData data =
        new ProduceRequestData()
            .setAcks((short) -1)
            .setTimeoutMs(60_000)
            .setTopicData(
                new TopicProduceDataCollection(
                    List.of(
                            new TopicProduceData()
                                .setName(topic)
                                .setPartitionData(
                                    List.of(
                                        new PartitionProduceData().setIndex(0).setRecords(batch))))
                        .iterator()));
    RequestHeader header = new RequestHeader(ApiKeys.PRODUCE, VERSION, "raw", correlation++);
    ByteBuffer request = ProduceRequest.builder(data).build(VERSION).serializeWithHeader(header);
    ByteBuffer framed = ByteBuffer.allocate(4 + request.remaining());
    framed.putInt(request.remaining()).put(request);
    socket.getOutputStream().write(framed.array());
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] answer = in.readNBytes(in.readInt());
    ProduceResponse response =
        (ProduceResponse) AbstractResponse.parseResponse(ByteBuffer.wrap(answer), header);
    PartitionProduceResponse partition =
        response.data().responses().iterator().next().partitionResponses().get(0);
    assertThat(Errors.forCode(partition.errorCode()))
        .as(partition.errorMessage())
        .isEqualTo(Errors.NONE);
    return partition.baseOffset();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
