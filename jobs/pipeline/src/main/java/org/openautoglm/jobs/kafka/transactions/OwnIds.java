package org.openautoglm.jobs.kafka.transactions;

import java.util.Collection;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which transactional ids are one sink's: its prefix, the number of a subtask and that of a slot in
 * its pool, {@code autoglm-answers-0-1}. An id that only begins like them, such as {@code
 * autoglm-answers-foo} or {@code autoglm-answers-2-answers-0-1}, is somebody else's.
 *
 * @param prefixes of the sink, and of earlier names that a restored state was written under
 */
public record OwnIds(Set<String> prefixes) {
  private static final Pattern NUMBERS = Pattern.compile("-([0-9]{1,9})-[0-9]{1,18}");

  public OwnIds {
    prefixes = Set.copyOf(prefixes);
  }

  /** With these prefixes. */
  public static OwnIds of(Collection<String> prefixes) {
    return new OwnIds(Set.copyOf(prefixes));
  }

  /** The subtask that the id is of; empty for a foreign one. */
  public OptionalInt subtask(String id) {
    for (String prefix : prefixes) {
      if (id.startsWith(prefix)) {
        Matcher numbers = NUMBERS.matcher(id.substring(prefix.length()));
        if (numbers.matches()) {
          return OptionalInt.of(Integer.parseInt(numbers.group(1)));
        }
      }
    }
    return OptionalInt.empty();
  }

  /** Whether it is one of them. */
  public boolean has(String id) {
    return subtask(id).isPresent();
  }
}
