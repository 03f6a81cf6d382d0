package org.openautoglm.jobs.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * One embedded broker for all tests of a JVM, because starting one takes seconds:
 * {@code @ExtendWith(SharedBroker.class)}, and a constructor or method parameter of this type.
 *
 * <p>Tests keep apart by topics of their own, see {@link #newTopics}. A test that stops its broker
 * starts one of its own with {@link EmbeddedBroker#start()}.
 */
public final class SharedBroker implements BeforeAllCallback, ParameterResolver {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(SharedBroker.class);
  private static final AtomicInteger TOPICS = new AtomicInteger();

  private EmbeddedBroker broker;

  /** Where clients connect. */
  public String bootstrapServers() {
    return broker.bootstrapServers();
  }

  /** Creates a topic whose name no other test of this JVM has. */
  public String newTopic(String name, int partitions) {
    return newTopics(Map.of(name, partitions)).get(name);
  }

  /**
   * Creates topics whose names no other test of this JVM has.
   *
   * @return the unique names by the given ones
   */
  public Map<String, String> newTopics(Map<String, Integer> partitionsByName) {
    Map<String, String> unique = new LinkedHashMap<>();
    Map<String, Integer> topics = new LinkedHashMap<>();
    partitionsByName.forEach(
        (name, partitions) -> {
          String topic = name + "-" + TOPICS.incrementAndGet();
          unique.put(name, topic);
          topics.put(topic, partitions);
        });
    try {
      broker.createTopics(topics);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return unique;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    broker =
        context
            .getRoot()
            .getStore(NAMESPACE)
            .getOrComputeIfAbsent(Running.class, key -> new Running(), Running.class)
            .broker;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == SharedBroker.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return this;
  }

  /** Closed by JUnit after the last test of the JVM. */
  private static final class Running implements AutoCloseable {
    private final EmbeddedBroker broker;

    Running() {
      try {
        broker = EmbeddedBroker.start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      broker.close();
    }
  }
}
