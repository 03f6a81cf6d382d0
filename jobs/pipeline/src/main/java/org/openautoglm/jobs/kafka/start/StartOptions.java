package org.openautoglm.jobs.kafka.start;

import java.io.Serializable;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;

/**
 * What whoever starts a job says about this start alone. It travels in Flink's configuration of the
 * job, so that every way to start one can say it.
 *
 * @param fresh start without state although the group has offsets: go on from those, and leave
 *     unanswered what waited in the state that is missing
 * @param renamedFrom the job whose state this one takes over under its own name; empty: none
 */
public record StartOptions(boolean fresh, String renamedFrom) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Nothing special. */
  public static final StartOptions USUAL = new StartOptions(false, "");

  private static final ConfigOption<Boolean> FRESH =
      ConfigOptions.key("autoglm.start.fresh").booleanType().defaultValue(false);
  private static final ConfigOption<String> RENAMED_FROM =
      ConfigOptions.key("autoglm.start.renamed-from").stringType().defaultValue("");

  /** What a job's configuration says. */
  public static StartOptions of(ReadableConfig flink) {
    return new StartOptions(flink.get(FRESH), flink.get(RENAMED_FROM));
  }

  /** The same, for a job's configuration. */
  public Configuration toConfiguration() {
    Configuration flink = new Configuration();
    if (fresh) {
      flink.set(FRESH, true);
    }
    if (!renamedFrom.isEmpty()) {
      flink.set(RENAMED_FROM, renamedFrom);
    }
    return flink;
  }
}
