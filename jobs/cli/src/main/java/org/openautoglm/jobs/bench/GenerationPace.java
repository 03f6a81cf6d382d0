package org.openautoglm.jobs.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import org.openautoglm.jobs.bench.BenchTopics.Sent;

/**
 * Tokens a second of a job in its steady state, from its results: those of the answers that were
 * sent between two of them, over the time between these two. So neither the start, when slots fill,
 * nor the end, when they empty, counts; and answers that come in bursts count once.
 */
final class GenerationPace {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double FROM = 0.5;

  private GenerationPace() {}

  /**
   * The pace.
   *
   * @param results in the order in which they were sent
   * @param slots answers that are made at the same time: the last of them are left out where
   *     lengths are mixed, and the first begin to count at the end of a burst
   * @param isMixed whether the lengths differ
   */
  static double tokensPerSecond(List<Sent> results, int slots, boolean isMixed) throws IOException {
    int first = Math.max(slots, (int) (results.size() * FROM) / slots * slots);
    int last = isMixed ? results.size() - slots : results.size();
    long tokens = 0;
    for (Sent each : results.subList(first, last)) {
      tokens += tokens(each);
    }
    return tokens * 1000.0 / (results.get(last - 1).sentMs() - results.get(first - 1).sentMs());
  }

  private static int tokens(Sent result) throws IOException {
    JsonNode json = JSON.readTree(result.value());
    if (!json.path("status").asText().equals("OK")) {
      throw new IOException("the job failed a prompt: " + json);
    }
    return json.required("outputs")
        .required(0)
        .required("usage")
        .required("completion_tokens")
        .asInt();
  }
}
