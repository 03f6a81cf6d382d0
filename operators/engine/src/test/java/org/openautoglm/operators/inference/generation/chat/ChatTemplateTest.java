package org.openautoglm.operators.inference.generation.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ChatTemplateTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, String> NO_TOKENS = Map.of();

  /**
   * Templates with the constructs of those that models bring (Qwen3, ChatML, LLaMA 3, GLM-4,
   * Mistral) and what Jinja2 3.1.6 made of them, set up as in {@code apply_chat_template}: {@code
   * trim_blocks}, {@code lstrip_blocks}, loop controls, {@code raise_exception}, {@code tojson} by
   * json.dumps.
   */
  @TestFactory
  Stream<DynamicTest> writesWhatJinja2Writes() throws Exception {
    JsonNode cases = JSON.readTree(resource("cases.json"));
    return StreamSupport.stream(cases.spliterator(), false)
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.path("template").asText() + ", " + each.path("case").asText(),
                    () -> check(each)));
  }

  private static void check(JsonNode each) throws Exception {
    String source = resource(each.path("template").asText());
    Map<String, Object> variables =
        JSON.convertValue(each.path("variables"), new TypeReference<Map<String, Object>>() {});
    if (each.has("expected")) {
      assertThat(JinjaTemplate.parse(source).render(variables))
          .isEqualTo(each.path("expected").asText());
    } else {
      assertThatThrownBy(() -> JinjaTemplate.parse(source).render(variables))
          .isInstanceOf(ChatTemplateException.class)
          .hasMessage(each.path("refusal").asText());
    }
  }

  @Test
  void rendersMessagesWithTheDirectorysSpecialTokens() throws Exception {
    ChatTemplate template =
        new ChatTemplate(resource("alternating.jinja"), Map.of("bos_token", "<s>"));
    assertThat(template.render(List.of(user("你好")), true)).isEqualTo("<s>[INST] 你好[/INST]");
  }

  @Test
  void keepsTheSpaceBeforeABlockInTheMiddleOfALine() throws Exception {
    String source =
        "{{ bos_token }} {% for m in messages %}A {{ m.role }} {% endfor %}Z\n  {% if true %}\n!{% endif %}";
    assertThat(
            new ChatTemplate(source, Map.of("bos_token", "B"))
                .render(List.of(new ChatMessage("x", "")), false))
        .isEqualTo("B A x Z\n!");
  }

  @Test
  void neverReadsAMessageAsATemplate() throws Exception {
    ChatTemplate template = new ChatTemplate(resource("chatml.jinja"), NO_TOKENS);
    String attack = "{{ 7 * 7 }}{% for i in range(9) %}x{% endfor %}{# gone #}{{ messages }}";
    assertThat(template.render(List.of(user(attack)), true)).contains(attack);
  }

  @Test
  void reachesNothingOfJava() {
    List<String> attacks =
        List.of(
            "{{ messages.getClass() }}",
            "{{ ''.getClass().forName('java.lang.Runtime') }}",
            "{{ messages[0].content.getBytes() }}",
            "{{ ____int3rpr3t3r____.getContext() }}",
            "{% include '/etc/passwd' %}",
            "{% import '/etc/passwd' as p %}",
            "{{ [1]|random }}",
            "{{ today() }}",
            "{{ unixtimestamp() }}");
    for (String attack : attacks) {
      assertThatThrownBy(() -> new ChatTemplate(attack, NO_TOKENS))
          .as(attack)
          .isInstanceOf(ChatTemplateException.class);
    }
  }

  @Test
  void doesNotShowJavaObjects() throws Exception {
    Map<String, Object> variables = Map.of("messages", List.of());
    assertThat(
            JinjaTemplate.parse(
                    "{{ messages.class }}|{{ ____int3rpr3t3r____.context }}"
                        + "|{{ ____int3rpr3t3r____.config.getElResolver() }}")
                .render(variables))
        .isEqualTo("||");
  }

  @Test
  void boundsWhatATemplateDoes() {
    String doubling = "{% set s = 'x' %}" + "{% set s = s ~ s %}".repeat(40) + "{{ s|length }}";
    String output = "{% for i in range(4000) %}{{ 'x'|center(9000) }}{% endfor %}";
    String range = "{% for i in range(1000000000) %}x{% endfor %}";
    String recursion = "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}";
    for (String attack : List.of(doubling, output, recursion, "{{ ".repeat(300_000))) {
      assertThatThrownBy(() -> new ChatTemplate(attack, NO_TOKENS))
          .as(attack.substring(0, 30))
          .isInstanceOf(ChatTemplateException.class);
    }
    assertThat(length(range)).isLessThan(10_000);
  }

  private static int length(String source) {
    try {
      return JinjaTemplate.parse(source).render(Map.of()).length();
    } catch (ChatTemplateException e) {
      return 0;
    }
  }

  @Test
  void refusesWhatTheLibraryWouldReadInAnotherWay() {
    assertThatThrownBy(
            () ->
                new ChatTemplate(
                    "\n{% for m in messages if m.role == 'user' %}x{% endfor %}", NO_TOKENS))
        .isInstanceOf(ChatTemplateException.class)
        .hasMessageContaining("line 2")
        .hasMessageContaining("put an if inside");
    assertThatThrownBy(
            () -> new ChatTemplate("{% for m in messages %}x{% else %}y{% endfor %}", NO_TOKENS))
        .isInstanceOf(ChatTemplateException.class);
  }

  @Test
  void saysWhereATemplateIsWrong() {
    assertThatThrownBy(() -> new ChatTemplate("a\n{{ messages[ }}", NO_TOKENS))
        .isInstanceOf(ChatTemplateException.class)
        .hasMessageContaining("line 2");
    assertThatThrownBy(() -> new ChatTemplate("{{ 'a'.frobnicate() }}", NO_TOKENS))
        .isInstanceOf(ChatTemplateException.class)
        .hasMessageContaining("frobnicate");
  }

  @Test
  void endsLinesAsJinjaDoes() throws Exception {
    Map<String, Object> variables = Map.of("x", "1\n");
    assertThat(JinjaTemplate.parse("a\r\n{{ x }}\r\n").render(variables)).isEqualTo("a\n1\n");
    assertThat(JinjaTemplate.parse("{{ x }}\n\n").render(variables)).isEqualTo("1\n\n");
  }

  @Test
  void startsAfreshWithEveryRendering() throws Exception {
    JinjaTemplate template =
        JinjaTemplate.parse(
            "{% set ns = namespace(n=0) %}{% macro m(a) %}<{{ a }}{{ x }}>{% endmacro %}"
                + "{% for i in list %}{% set ns.n = ns.n + i %}{{ m(i) }}{% endfor %}"
                + "{% if x == 2 %}{{ raise_exception('two') }}{% endif %}"
                + "{{ ns.n }}{{ left is defined }}{% set left = 1 %}");
    for (int round = 0; round < 3; round++) {
      assertThat(template.render(Map.of("x", 1, "list", List.of(4, 5))))
          .isEqualTo("<41><51>9false");
      assertThatThrownBy(() -> template.render(Map.of("x", 2, "list", List.of())))
          .isInstanceOf(ChatTemplateException.class)
          .hasMessage("two");
    }
  }

  @Test
  void rendersOnManyThreads() throws Exception {
    ChatTemplate template = new ChatTemplate(resource("reasoning.jinja"), NO_TOKENS);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<String>> rendered = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        String text = "第" + i + "问";
        rendered.add(threads.submit(() -> template.render(List.of(user(text)), true)));
      }
      for (int i = 0; i < rendered.size(); i++) {
        assertThat(rendered.get(i).get())
            .isEqualTo(
                "<|im_start|>system\nYou are a helpful assistant<|im_end|>\n"
                    + "<|im_start|>user\n第"
                    + i
                    + "问<|im_end|>\n<|im_start|>assistant\n");
      }
    } finally {
      threads.shutdown();
    }
  }

  private static ChatMessage user(String content) {
    return new ChatMessage("user", content);
  }

  private static String resource(String name) throws Exception {
    try (InputStream stream =
        ChatTemplateTest.class.getResourceAsStream("/chat-templates/" + name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
