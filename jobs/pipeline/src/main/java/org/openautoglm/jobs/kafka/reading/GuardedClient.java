package org.openautoglm.jobs.kafka.reading;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import org.apache.flink.connector.kafka.source.reader.KafkaPartitionSplitReader;
import org.apache.kafka.clients.ClientRequest;
import org.apache.kafka.clients.ClientResponse;
import org.apache.kafka.clients.KafkaClient;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;

/**
 * Puts a {@link FetchGuard} between a consumer and its network client, where a fetch has come and
 * nobody has looked at it yet.
 *
 * <p>Kafka has no place for this: an interceptor and a deserialiser see records that have been
 * unpacked. The way there leads through private fields of kafka-clients and flink-connector-kafka,
 * whose versions the build holds; where they are not as expected, the job does not start rather
 * than read without a guard.
 */
final class GuardedClient {
  private GuardedClient() {}

  /** The consumer of a split reader. */
  static KafkaConsumer<?, ?> consumerOf(KafkaPartitionSplitReader reader) {
    return PrivateField.get(
        reader, KafkaPartitionSplitReader.class, "consumer", KafkaConsumer.class);
  }

  /** Lets the guard see what this consumer fetches. */
  static void guard(KafkaConsumer<?, ?> consumer, FetchGuard guard) {
    Object delegate = PrivateField.get(consumer, KafkaConsumer.class, "delegate", Object.class);
    Object network = PrivateField.get(delegate, delegate.getClass(), "client", Object.class);
    KafkaClient client = PrivateField.get(network, network.getClass(), "client", KafkaClient.class);
    PrivateField.set(network, network.getClass(), "client", guarded(client, guard));
  }

  private static KafkaClient guarded(KafkaClient client, FetchGuard guard) {
    return (KafkaClient)
        Proxy.newProxyInstance(
            KafkaClient.class.getClassLoader(),
            new Class<?>[] {KafkaClient.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("send")
                  && arguments[0] instanceof ClientRequest request
                  && request.requestBuilder() instanceof FetchRequest.Builder fetch) {
                guard.sent(fetch);
              }
              Object result = call(client, method, arguments);
              if (method.getName().equals("poll")) {
                received((List<?>) result, guard);
              }
              return result;
            });
  }

  private static void received(List<?> responses, FetchGuard guard) {
    for (Object response : responses) {
      if (response instanceof ClientResponse received
          && received.responseBody() instanceof FetchResponse fetch) {
        guard.received(fetch.data());
      }
    }
  }

  private static Object call(KafkaClient client, Method method, Object[] arguments)
      throws Throwable {
    try {
      return method.invoke(client, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
