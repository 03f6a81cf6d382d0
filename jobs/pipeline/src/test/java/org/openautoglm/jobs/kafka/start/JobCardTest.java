package org.openautoglm.jobs.kafka.start;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.openautoglm.jobs.configuration.ConfigurationFile;

/** Which jobs must not run side by side, and how they know each other. */
class JobCardTest {
  private static final String MODELS = "models: [{model_name: m, task_type: embedding, path: p}]\n";

  private static JobCard card(String yaml) throws Exception {
    return JobCard.of(ConfigurationFile.parse(yaml + "\n" + MODELS, Map.of()));
  }

  @Test
  void ofTheSameNameOrGroupOrTransactions() throws Exception {
    JobCard one = card("name: a\nkafka: {topics: {prompts: pa, results: ra}}");

    assertThat(one.rivalry(card("name: a\nkafka: {topics: {prompts: pb, results: rb}}")))
        .contains("its consumer group, a, too");
    assertThat(
            one.rivalry(card("name: b\nkafka: {group_id: a, topics: {prompts: pb, results: rb}}")))
        .contains("its consumer group, a, too");
    assertThat(
            one.rivalry(
                card(
                    "name: b\nkafka: {transactional_id_prefix: a, topics: {prompts: pb, results: rb}}")))
        .contains("kafka.transactional_id_prefix a, too");
  }

  @Test
  void ofTheSameEndsButNotOfOneAlone() throws Exception {
    JobCard one = card("name: a\nkafka: {topics: {prompts: p, results: r}}");

    assertThat(one.rivalry(card("name: b\nkafka: {topics: {prompts: p, results: r}}")))
        .hasValueSatisfying(why -> assertThat(why).contains("each prompt would have two results"));
    assertThat(one.rivalry(card("name: b\nkafka: {topics: {prompts: p, results: canary}}")))
        .isEmpty();
    assertThat(one.rivalry(card("name: b\nkafka: {topics: {prompts: other, results: r}}")))
        .isEmpty();
  }

  @Test
  void aPatternReadsWhatItMatches() throws Exception {
    JobCard one = card("name: a\nkafka: {topics: {prompts_pattern: 'p[.].*', results: r}}");

    assertThat(one.rivalry(card("name: b\nkafka: {topics: {prompts: [q, p.x], results: r}}")))
        .isPresent();
    assertThat(card("name: b\nkafka: {topics: {prompts: [q, p.x], results: r}}").rivalry(one))
        .isPresent();
    assertThat(one.rivalry(card("name: b\nkafka: {topics: {prompts: [q, p], results: r}}")))
        .isEmpty();
    JobCard run = one.ofRun("f00d");
    assertThat(JobCard.parse(run.toClientId())).contains(run);
  }

  @Test
  void aCardIsReadFromTheClientIdThatItWasWrittenTo() throws Exception {
    JobCard run = card("name: a\nkafka: {group_id: 'a|b c'}").ofRun("f00d");

    assertThat(JobCard.parse(run.toClientId())).contains(run);
    assertThat(JobCard.parse("consumer-autoglm-1")).isEmpty();
    assertThat(JobCard.parse(run.toClientId().replace(Long.toString(run.sinceMs()), "soon")))
        .isEmpty();
  }

  @Test
  void rivalsMeetInAGroup() throws Exception {
    JobCard one = card("name: a\nkafka: {topics: {prompts: p, results: r}}");

    assertThat(one.leases()).containsExactlyInAnyOrder("a.lease", "r.lease");
    assertThat(card("name: b\nkafka: {topics: {prompts: p, results: r}}").leases())
        .contains("r.lease");
  }
}
