package org.openautoglm.jobs.kafka.clients;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/**
 * What a topic is set to, by itself or by its brokers, as far as writing to it goes.
 *
 * @param maxMessageBytes the largest batch that it takes, bytes
 * @param compacted whether it keeps only the last record of a key, and so needs keys
 */
public record TopicSettings(int maxMessageBytes, boolean compacted) {

  /**
   * Batches that are compressed anew by the broker are measured after that, and what cannot be
   * compressed grows by less than this.
   */
  private static final int COMPRESSION_SHARE = 128;

  /** The largest record that the topic takes in any compression, bytes. */
  public int maxRecordBytes() {
    return maxMessageBytes - maxMessageBytes / COMPRESSION_SHARE;
  }

  /**
   * Asks the brokers.
   *
   * @throws ExecutionException when they do not answer, do not know a topic, or may not say
   */
  public static Map<String, TopicSettings> read(Admin admin, Collection<String> topics)
      throws ExecutionException, InterruptedException {
    List<ConfigResource> resources =
        topics.stream().map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name)).toList();
    Map<String, TopicSettings> settings = new HashMap<>();
    for (Map.Entry<ConfigResource, Config> topic :
        admin.describeConfigs(resources).all().get().entrySet()) {
      settings.put(topic.getKey().name(), of(topic.getValue()));
    }
    return settings;
  }

  private static TopicSettings of(Config config) {
    return new TopicSettings(
        Integer.parseInt(config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value()),
        config
            .get(TopicConfig.CLEANUP_POLICY_CONFIG)
            .value()
            .contains(TopicConfig.CLEANUP_POLICY_COMPACT));
  }
}
