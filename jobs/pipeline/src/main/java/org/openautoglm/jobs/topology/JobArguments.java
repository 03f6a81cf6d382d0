package org.openautoglm.jobs.topology;

import java.nio.file.Path;
import org.openautoglm.jobs.kafka.start.StartOptions;

/**
 * What stands behind the job's jar.
 *
 * @param config the configuration file
 * @param start what is said of this start alone
 */
record JobArguments(Path config, StartOptions start) {
  private static final String USAGE = "usage: --config FILE [--fresh] [--renamed-from NAME]";

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException when they are not what they should be
   */
  static JobArguments parse(String... arguments) {
    Path config = null;
    boolean fresh = false;
    String renamedFrom = "";
    for (int i = 0; i < arguments.length; i++) {
      boolean hasValue = i + 1 < arguments.length;
      if (arguments[i].equals("--config") && hasValue) {
        config = Path.of(arguments[++i]);
      } else if (arguments[i].equals("--renamed-from") && hasValue) {
        renamedFrom = arguments[++i];
      } else if (arguments[i].equals("--fresh")) {
        fresh = true;
      } else {
        throw new IllegalArgumentException(USAGE + "; not understood: " + arguments[i]);
      }
    }
    if (config == null) {
      throw new IllegalArgumentException(USAGE + "; --config is missing");
    }
    return new JobArguments(config, new StartOptions(fresh, renamedFrom));
  }
}
